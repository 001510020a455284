-- Logs deliveries of one endpoint. KEYS: log, order, by session. ARGV: id, delivery, session and
-- id for each.
for n = 1, #ARGV, 3 do
  redis.call('hset', KEYS[1], ARGV[n], ARGV[n + 1])
  redis.call('zadd', KEYS[2], 0, ARGV[n])
  redis.call('zadd', KEYS[3], 0, ARGV[n + 2])
end
return 0
