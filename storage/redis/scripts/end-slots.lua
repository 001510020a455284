-- The call that took the slots has ended. Each slot is free again a window later.
-- KEYS: as for taking.
-- ARGV: ticket, then the window of each limit in milliseconds.
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i, key in ipairs(KEYS) do redis.call('zadd', key, 'xx', now + ARGV[1 + i], ARGV[1]) end
return 0
