-- Appends entries.
-- KEYS: the entries by number, the last number.
-- ARGV: the documents.
for _, document in ipairs(ARGV) do
  local number = redis.call('incr', KEYS[2])
  redis.call('zadd', KEYS[1], number, string.format('%.0f', number) .. ' ' .. document)
end
return #ARGV
