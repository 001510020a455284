-- Deletes what one endpoint has of a session. KEYS: places, due, log, order, by session. ARGV: the
-- session, then the fields of its places.
for n = 2, #ARGV do
  redis.call('hdel', KEYS[1], ARGV[n])
  redis.call('zrem', KEYS[2], ARGV[n])
end
for _, member in ipairs(redis.call('zrange', KEYS[5], '[' .. ARGV[1] .. ' ', '(' .. ARGV[1] .. '!', 'bylex')) do
  local id = string.sub(member, #ARGV[1] + 2)
  redis.call('hdel', KEYS[3], id)
  redis.call('zrem', KEYS[4], id)
  redis.call('zrem', KEYS[5], member)
end
return 0
