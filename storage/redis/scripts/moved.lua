-- The sessions of a home and their work have another address from now on (JSON). Work is found
-- through the index of free work, which has all of its partition, because an item's key names its
-- session.
local function mark_moved(chain, free, address)
  local ids = {}
  for _, row in ipairs(redis.call('ZRANGE', chain, 0, -1)) do
    redis.call('HSET', row, 'm', address)
    ids[string.sub(row, -36)] = true
  end
  if next(ids) == nil then return end
  for _, item in ipairs(redis.call('ZRANGE', free, 0, -1)) do
    if ids[string.match(item, ':(%x+%-%x+%-%x+%-%x+%-%x+)%.%d+$') or ''] then redis.call('HSET', item, 'm', address) end
  end
end

local function latest_is_open(chain)
  local latest = redis.call('ZREVRANGE', chain, 0, 0)
  return latest[1] ~= nil and redis.call('HGET', latest[1], 'open') == '1'
end
