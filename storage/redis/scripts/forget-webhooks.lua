-- Deletes the oldest deliveries of one endpoint. KEYS: log, order, by session. ARGV: before, limit.
-- Answers how many it deleted.
local deleted = 0
for _, id in ipairs(redis.call('zrange', KEYS[2], 0, tonumber(ARGV[2]) - 1)) do
  local text = redis.call('hget', KEYS[1], id)
  if text then
    local delivery = cjson.decode(text)
    if tonumber(delivery.at) >= tonumber(ARGV[1]) then break end
    local session = delivery.sessionId == cjson.null and '' or delivery.sessionId
    redis.call('zrem', KEYS[3], session .. ' ' .. id)
  end
  redis.call('hdel', KEYS[1], id)
  redis.call('zrem', KEYS[2], id)
  deleted = deleted + 1
end
return deleted
