-- KEYS: a lane, and the home of its address where another one may be.
-- Answers {home} where the address leads to another home, else {body, attempts, not before,
-- progress, where its session moved, owner, lease until} of its items, in order.
local home = KEYS[2] and redis.call('HGET', KEYS[2], 'to')
if home then return { home } end
local found = {}
for n, item in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  found[n] = redis.call('HMGET', item, 'b', 'a', 'n', 'p', 'm', 'o', 'l')
end
return found
