-- Keeps when tokens were used. KEYS: tokens by id, times of last use by id. ARGV: id, time, id,
-- time …
for index = 1, #ARGV, 2 do
  local before = tonumber(redis.call('hget', KEYS[2], ARGV[index]) or 0)
  if redis.call('hexists', KEYS[1], ARGV[index]) == 1 and before < tonumber(ARGV[index + 1]) then
    redis.call('hset', KEYS[2], ARGV[index], ARGV[index + 1])
  end
end
return 1
