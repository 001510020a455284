-- Those that are open, oldest first.
-- KEYS: the open ones by number, of all or of one session.
-- ARGV: number to begin after, how many at most.
-- Answers {{document, state, asked at, expires at, decision, now, number}, …}.
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer, after = {}, ARGV[1]
while #answer < tonumber(ARGV[2]) do
  local found = redis.call('zrange', KEYS[1], '(' .. after, '+inf', 'byscore', 'limit', 0, 64, 'withscores')
  if #found == 0 then return answer end
  for i = 1, #found, 2 do
    after = found[i + 1]
    local kept = redis.call('hmget', found[i], 'document', 'state', 'asked', 'expires', 'decision')
    if kept[1] and tonumber(kept[4]) > now then
      if #answer < tonumber(ARGV[2]) then
        kept[6], kept[7] = now, after
        answer[#answer + 1] = kept
      end
    else
      -- Its time is over.
      redis.call('zrem', KEYS[1], found[i])
    end
  end
end
return answer
