-- KEYS: indexes by time.
-- ARGV: now, limit.
-- Answers {key, time, …}, the earliest that are due, with the number of their key.
local found = {}
for n, index in ipairs(KEYS) do
  local due = redis.call('ZRANGEBYSCORE', index, '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[2])
  for i = 2, #due, 2 do table.insert(found, { n, due[i] }) end
end
table.sort(found, function(a, b) return tonumber(a[2]) < tonumber(b[2]) end)
local answer = {}
for i = 1, math.min(#found, tonumber(ARGV[2])) do
  table.insert(answer, found[i][1]); table.insert(answer, found[i][2])
end
return answer
