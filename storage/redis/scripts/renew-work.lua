-- KEYS: for each item, its key and the index of free work.
-- ARGV: owner, lease until, then for each the progress, or empty.
-- Answers 1 for each item that is still there and the owner's, else 0.
local kept = {}
for n = 1, #KEYS / 2 do
  local item, free, progress = KEYS[2 * n - 1], KEYS[2 * n], ARGV[n + 2]
  local state = redis.call('HMGET', item, 'o', 'n')
  if state[1] == ARGV[1] then
    redis.call('HSET', item, 'l', ARGV[2])
    if progress ~= '' then redis.call('HSET', item, 'p', progress) end
    redis.call('ZADD', free, tonumber(state[2]) > tonumber(ARGV[2]) and state[2] or ARGV[2], item)
    kept[n] = 1
  else
    kept[n] = 0
  end
end
return kept
