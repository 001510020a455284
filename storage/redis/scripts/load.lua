-- KEYS: the chain of an address, and its home where another one may be.
-- Answers {home} where the address leads to another home, else {fixed, version, wakeAt, document,
-- where it moved} of its latest session, or nothing.
local home = KEYS[2] and redis.call('HGET', KEYS[2], 'to')
if home then return { home } end
local latest = redis.call('ZREVRANGE', KEYS[1], 0, 0)
if not latest[1] then return false end
return redis.call('HMGET', latest[1], 'f', 'v', 'w', 'r', 'm')
