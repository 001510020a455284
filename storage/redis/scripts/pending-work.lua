-- KEYS: a lane. Answers {body, attempts, not before, progress, owner, lease until} of its items, in order.
local found = {}
for n, item in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  found[n] = redis.call('HMGET', item, 'b', 'a', 'n', 'p', 'o', 'l')
end
return found
