-- KEYS: of dead letters the last number, names by number, name → document, names by time.
-- ARGV: name, time, document.
-- Answers 1, or 0 if there was one of that name.
if redis.call('HSETNX', KEYS[3], ARGV[1], ARGV[3]) == 0 then return 0 end
redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[1]), ARGV[1])
redis.call('ZADD', KEYS[4], ARGV[2], ARGV[1])
return 1
