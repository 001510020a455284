-- KEYS: as for reject.lua.
-- ARGV: the number to begin below, limit.
-- Answers {document, number, …}, newest first.
local found = {}
local names = redis.call('ZREVRANGEBYSCORE', KEYS[2], ARGV[1], '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for n = 1, #names, 2 do
  table.insert(found, redis.call('HGET', KEYS[3], names[n]))
  table.insert(found, names[n + 1])
end
return found
