-- The sign-ins of an agent.
-- KEYS: the set of their keys.
-- ARGV: now.
-- Answers {{document, number, digest, used, expires, network}, …}.
local answer = {}
for _, key in ipairs(redis.call('smembers', KEYS[1])) do
  local kept = redis.call('hmget', key, 'document', 'number', 'digest', 'used', 'expires', 'network')
  if kept[1] and tonumber(kept[5]) > tonumber(ARGV[1]) then
    answer[#answer + 1] = kept
  else
    redis.call('del', key)
    redis.call('srem', KEYS[1], key)
  end
end
return answer
