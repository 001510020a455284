-- Logs deliveries of one endpoint. KEYS: log, order. ARGV: id and delivery for each.
for n = 1, #ARGV, 2 do
  redis.call('hset', KEYS[1], ARGV[n], ARGV[n + 1])
  redis.call('zadd', KEYS[2], 0, ARGV[n])
end
return 0
