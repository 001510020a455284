-- Decides an approval that is open.
-- KEYS: the approval, the open ones, those of its session.
-- ARGV: approved or denied, who as JSON, the comment as JSON, milliseconds that it is kept after it
-- has expired.
-- Answers 1 if it was open.
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('hmget', KEYS[1], 'state', 'expires', 'ttl')
if kept[1] ~= 'open' or tonumber(kept[2]) <= now then return 0 end
local decision = string.format('{"by":%s,"at":%.0f,"comment":%s}', ARGV[2], now, ARGV[3])
redis.call('hset', KEYS[1], 'state', ARGV[1], 'decision', decision, 'expires', now + kept[3])
redis.call('pexpire', KEYS[1], kept[3] + ARGV[4])
redis.call('zrem', KEYS[2], KEYS[1])
redis.call('zrem', KEYS[3], KEYS[1])
return 1
