-- KEYS: a row, its holds, the index of closed sessions that may be deleted, that of those under a
-- hold.
-- ARGV: 1 or 0, the change as a document.
-- Answers 0 if there is no such session, 1 if nothing changes, and 2 if the hold changed. A hold
-- and a deletion are scripts of one slot, so one of them is first.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if (redis.call('HGET', KEYS[1], 'held') or '0') == ARGV[1] then return 1 end
redis.call('HSET', KEYS[1], 'held', ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[2])
local from, to = KEYS[3], KEYS[4]
if ARGV[1] == '0' then from, to = to, from end
local closed = redis.call('ZSCORE', from, KEYS[1])
if closed then
  redis.call('ZREM', from, KEYS[1])
  redis.call('ZADD', to, closed, KEYS[1])
end
return 2
