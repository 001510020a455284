-- KEYS: indexes of free work.
-- ARGV: owner, now, lease until, then how many to take of each. A lane is given whole, beyond that
-- number.
-- Answers {body, attempts, not before, progress, where its session moved} of each item. What is
-- taken of a lane is an unbroken run from its head. It ends at the first item that another owner
-- holds or that is not yet due. Items that the owner itself holds are skipped.
local owner, now, lease = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local found = {}

local function take(index, item)
  redis.call('HSET', item, 'o', owner, 'l', lease)
  local work = redis.call('HMGET', item, 'b', 'a', 'n', 'p', 'm')
  redis.call('ZADD', index, tonumber(work[3]) > tonumber(lease) and work[3] or lease, item)
  table.insert(found, work)
end

local function take_lane(index, lane)
  for _, item in ipairs(redis.call('ZRANGE', lane, 0, -1)) do
    local holder, until_, not_before = unpack(redis.call('HMGET', item, 'o', 'l', 'n'))
    local held = holder ~= '' and tonumber(until_) > now
    if held and holder ~= owner then return end
    if not held then
      if tonumber(not_before) > now then return end
      take(index, item)
    end
  end
end

for n, index in ipairs(KEYS) do
  local limit, seen = #found + tonumber(ARGV[n + 3]), {}
  for _, item in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', ARGV[2], 'LIMIT', 0, ARGV[n + 3])) do
    if #found >= limit then break end
    local lane = redis.call('HGET', item, 'lane')
    if lane == '' then
      take(index, item)
    elseif not seen[lane] then
      seen[lane] = true
      take_lane(index, lane)
    end
  end
end
return found
