-- KEYS: progress, sessions, labels, customers, a hash for each measure and day.
-- ARGV: position, back to, complete, then with their number in front (id, document) of sessions,
-- (id, lines) of labels, (key, days) of customers, and (number of the hash, place, n, total) of
-- counts.
-- Answers 1, or 0 if the position has moved on.
if (redis.call('HGET', KEYS[1], 'position') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'position', string.format('%.0f', tonumber(ARGV[1]) + 1), 'back', ARGV[2], 'complete', ARGV[3])
local next_arg = 3
local function arg() next_arg = next_arg + 1; return ARGV[next_arg] end
for _ = 1, tonumber(arg()) do
  local id = arg()
  redis.call('HSET', KEYS[2], id, arg())
end
for _ = 1, tonumber(arg()) do
  local id, lines = arg(), arg()
  local before = redis.call('HGET', KEYS[3], id)
  redis.call('HSET', KEYS[3], id, before and before .. '\n' .. lines or lines)
end
for _ = 1, tonumber(arg()) do
  local customer = arg()
  redis.call('HSET', KEYS[4], customer, arg())
end
for _ = 1, tonumber(arg()) do
  local hash, place, n, total = KEYS[4 + tonumber(arg())], arg(), arg(), arg()
  if n ~= '0' then redis.call('HINCRBY', hash, place .. 'n', n) end
  if total ~= '0' then redis.call('HINCRBY', hash, place .. 't', total) end
end
return 1
