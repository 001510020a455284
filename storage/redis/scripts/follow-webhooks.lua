-- Gives places of one endpoint more to send. KEYS: places, due. ARGV: field, kind ('new' or
-- 'replay'), done, up to for each. A place is "done up-to attempts not-before".
for n = 1, #ARGV, 4 do
  local field, kind, done, up_to = ARGV[n], ARGV[n + 1], tonumber(ARGV[n + 2]), tonumber(ARGV[n + 3])
  local text = redis.call('hget', KEYS[1], field)
  local kept = {}
  if text then for part in string.gmatch(text, '%d+') do kept[#kept + 1] = tonumber(part) end end
  local attempts, not_before = 0, 0
  if kind == 'new' then
    done = kept[1] or 0
    attempts, not_before = kept[3] or 0, kept[4] or 0
    if kept[2] and kept[2] >= up_to then field = nil end
  elseif text and kept[1] < kept[2] then
    done = math.min(done, kept[1])
    up_to = math.max(up_to, kept[2])
  end
  if field then
    redis.call('hset', KEYS[1], field, string.format('%.0f %.0f %.0f %.0f', done, up_to, attempts, not_before))
    redis.call('zadd', KEYS[2], not_before, field)
  end
end
return 0
