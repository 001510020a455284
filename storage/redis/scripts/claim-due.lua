-- KEYS: indexes of due rows.
-- ARGV: now, until, then how many to take of each.
-- Answers {fixed, version, wakeAt, document, where it moved} of each. The row and its entry change
-- together. If the row was deleted after its retention, its entry is removed too.
local found = {}
for n, index in ipairs(KEYS) do
  for _, row in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', ARGV[1], 'LIMIT', 0, ARGV[n + 2])) do
    if redis.call('EXISTS', row) == 0 then
      redis.call('ZREM', index, row)
    else
      redis.call('HSET', row, 'w', ARGV[2])
      redis.call('ZADD', index, ARGV[2], row)
      table.insert(found, redis.call('HMGET', row, 'f', 'v', 'w', 'r', 'm'))
    end
  end
end
return found
