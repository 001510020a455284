-- Takes one slot of every limit, or of none.
-- KEYS: a sorted set a limit, with slots by the time at which they are free again. A slot in use
-- has a score beyond all times.
-- ARGV: ticket, milliseconds after which a slot in use counts as forgotten, in how many
-- milliseconds to ask again for a slot in use, then slots and window of each limit in milliseconds.
-- Answers 0 if taken, else in how many milliseconds to ask again.
local IN_USE = 1e15
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local forgotten = tonumber(ARGV[2])
local wait = 0
for i, key in ipairs(KEYS) do
  redis.call('zremrangebyscore', key, '-inf', now)
  redis.call('zremrangebyscore', key, IN_USE, IN_USE + now - forgotten)
  local over = redis.call('zcard', key) - tonumber(ARGV[2 + 2 * i])
  if over >= 0 then
    -- The slot that has to be given back before there is one for us.
    local score = tonumber(redis.call('zrange', key, over, over, 'withscores')[2])
    local free = score - now
    if score >= IN_USE then free = tonumber(ARGV[3]) end
    if free > wait then wait = free end
  end
end
if wait > 0 then return math.ceil(wait) end
for i, key in ipairs(KEYS) do
  redis.call('zadd', key, IN_USE + now, ARGV[1])
  redis.call('pexpire', key, ARGV[3 + 2 * i] + forgotten)
end
return 0
