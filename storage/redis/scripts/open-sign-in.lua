-- Opens a sign-in.
-- KEYS: the sign-in, the set of the keys of the agent's sign-ins.
-- ARGV: document, number of the first token, its digest, now, when it expires, network.
-- Answers 1.
redis.call('hset', KEYS[1], 'document', ARGV[1], 'number', ARGV[2], 'digest', ARGV[3], 'used', ARGV[4], 'expires', ARGV[5], 'network', ARGV[6],
  'since', ARGV[4], 'lowest', ARGV[2], 'set', KEYS[2])
redis.call('pexpireat', KEYS[1], ARGV[5])
redis.call('sadd', KEYS[2], KEYS[1])
return 1
