-- Marks mentions as seen. KEYS: the agent's mentions. ARGV: id and document as it was read and as it becomes, for each.
-- A mention that was forgotten or seen meanwhile stays so. Answers how many were marked.
local marked = 0
for n = 1, #ARGV, 3 do
  if redis.call('hget', KEYS[1], ARGV[n]) == ARGV[n + 1] then
    redis.call('hset', KEYS[1], ARGV[n], ARGV[n + 2])
    marked = marked + 1
  end
end
return marked
