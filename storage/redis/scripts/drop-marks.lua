-- KEYS: the marks of a partition. ARGV: a row key and the version of its mark, for each mark.
-- A mark of a later turn stays.
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 0
