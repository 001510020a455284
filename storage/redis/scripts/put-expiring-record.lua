-- Stores an expiring record. KEYS: records by kind and id. ARGV: kind and id, version, now, record.
-- Answers 1 if it was stored.
local version = tonumber(ARGV[2])
local text = redis.call('hget', KEYS[1], ARGV[1])
local kept = text and cjson.decode(text)
local alive = kept and tonumber(kept.expiresAt) > tonumber(ARGV[3])
if version == 1 then
  if alive then return 0 end
elseif not alive or tonumber(kept.version) ~= version - 1 then
  return 0
end
redis.call('hset', KEYS[1], ARGV[1], ARGV[4])
return 1
