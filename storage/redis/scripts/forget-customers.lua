-- KEYS: progress, customers. ARGV: the keys of customers.
redis.call('HINCRBY', KEYS[1], 'position', 1)
for i = 1, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
return 0
