-- KEYS: the chain of an address. Answers {fixed, version, wakeAt, document} of its latest session, or nothing.
local latest = redis.call('ZREVRANGE', KEYS[1], 0, 0)
if not latest[1] then return false end
return redis.call('HMGET', latest[1], 'f', 'v', 'w', 'r')
