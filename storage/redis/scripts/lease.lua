-- KEYS: a lease.
-- ARGV: owner, now, until.
-- Answers 1 if it is the owner's from now on.
local lease = redis.call('HMGET', KEYS[1], 'owner', 'until')
if lease[1] and lease[1] ~= ARGV[1] and tonumber(lease[2]) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'until', ARGV[3])
return 1
