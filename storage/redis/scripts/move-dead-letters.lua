-- KEYS: as for reject.lua.
-- ARGV: the old name, the new name, the new document. If a dead letter has the new name already,
-- one is kept.
if redis.call('HDEL', KEYS[3], ARGV[1]) == 0 then return 0 end
for _, index in ipairs({ KEYS[2], KEYS[4] }) do
  local score = redis.call('ZSCORE', index, ARGV[1])
  redis.call('ZREM', index, ARGV[1])
  if score and redis.call('HEXISTS', KEYS[3], ARGV[2]) == 0 then redis.call('ZADD', index, score, ARGV[2]) end
end
redis.call('HSETNX', KEYS[3], ARGV[2], ARGV[3])
return 1
