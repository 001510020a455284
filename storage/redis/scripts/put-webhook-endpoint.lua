-- Stores an endpoint of webhooks. KEYS: endpoints by id. ARGV: id, version, endpoint. Answers 1 if
-- it was stored.
local text = redis.call('hget', KEYS[1], ARGV[1])
local kept = text and tonumber(cjson.decode(text).version) or 0
if kept ~= tonumber(ARGV[2]) - 1 then return 0 end
redis.call('hset', KEYS[1], ARGV[1], ARGV[3])
return 1
