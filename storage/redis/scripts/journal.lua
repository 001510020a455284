-- KEYS: a journal, its marks.
-- ARGV: after, limit.
-- Answers {document, mark or false, …}.
local after, answer = tonumber(ARGV[1]), {}
local entries = redis.call('LRANGE', KEYS[1], after, after + tonumber(ARGV[2]) - 1)
for n, document in ipairs(entries) do
  table.insert(answer, document)
  table.insert(answer, redis.call('HGET', KEYS[2], string.format('%d', after + n)))
end
return answer
