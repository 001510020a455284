-- Stores how far places of one endpoint are. KEYS: places, due. ARGV: field, done before, done,
-- attempts, not before for each. One that is not at "done before" any more stays as it is.
for n = 1, #ARGV, 5 do
  local field = ARGV[n]
  local text = redis.call('hget', KEYS[1], field)
  local done, up_to
  if text then done, up_to = string.match(text, '^(%d+) (%d+)') end
  if text and tonumber(done) == tonumber(ARGV[n + 1]) then
    redis.call('hset', KEYS[1], field, table.concat({ ARGV[n + 2], up_to, ARGV[n + 3], ARGV[n + 4] }, ' '))
    if tonumber(ARGV[n + 2]) < tonumber(up_to) then
      redis.call('zadd', KEYS[2], ARGV[n + 4], field)
    else
      redis.call('zrem', KEYS[2], field)
    end
  end
end
return 0
