-- One more in a window that begins with its first. KEYS: the counter. ARGV: window in milliseconds. Answers {how many, milliseconds left}.
local count = redis.call('incr', KEYS[1])
local left = redis.call('pttl', KEYS[1])
if left < 0 then
  redis.call('pexpire', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return { count, left }
