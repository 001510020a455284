-- Ends sign-ins of an agent.
-- KEYS: the set of their keys, the one that stays (a key that does not exist if none stays).
-- Answers how many.
local ended = 0
for _, key in ipairs(redis.call('smembers', KEYS[1])) do
  if key ~= KEYS[2] then
    ended = ended + redis.call('del', key)
    redis.call('srem', KEYS[1], key)
  end
end
return ended
