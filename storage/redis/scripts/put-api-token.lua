-- Stores an API token. KEYS: tokens by id. ARGV: id, version, token. Answers 1 if it was stored.
local text = redis.call('hget', KEYS[1], ARGV[1])
local version = text and tonumber(cjson.decode(text).version) or 0
if version ~= tonumber(ARGV[2]) - 1 then return 0 end
redis.call('hset', KEYS[1], ARGV[1], ARGV[3])
return 1
