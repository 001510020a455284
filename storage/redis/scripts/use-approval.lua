-- Uses up an approval.
-- KEYS: the approval.
-- ARGV: its fingerprint.
-- Answers 1 for one caller.
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('hmget', KEYS[1], 'state', 'expires', 'fingerprint')
if kept[1] ~= 'approved' or tonumber(kept[2]) <= now or kept[3] ~= ARGV[1] then return 0 end
redis.call('hset', KEYS[1], 'state', 'used')
return 1
