-- Deletes the oldest deliveries of one endpoint. KEYS: log, order. ARGV: before, limit. Answers how
-- many it deleted.
local deleted = 0
for _, id in ipairs(redis.call('zrange', KEYS[2], 0, tonumber(ARGV[2]) - 1)) do
  local text = redis.call('hget', KEYS[1], id)
  if text and tonumber(cjson.decode(text).at) >= tonumber(ARGV[1]) then break end
  redis.call('hdel', KEYS[1], id)
  redis.call('zrem', KEYS[2], id)
  deleted = deleted + 1
end
return deleted
