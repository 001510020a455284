-- Counts in a window that begins with its first.
-- KEYS: the counter.
-- ARGV: window in milliseconds, 1 or -1.
-- Answers {how many, milliseconds left}. One less in a window that is over changes nothing.
if ARGV[2] == '-1' and redis.call('exists', KEYS[1]) == 0 then return { 0, 0 } end
local count = redis.call('incrby', KEYS[1], ARGV[2])
local left = redis.call('pttl', KEYS[1])
if left < 0 then
  redis.call('pexpire', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return { count, left }
