-- Opens an approval unless it is there.
-- KEYS: the approval, the open ones by number, the last number, the open ones of its session.
-- ARGV: the document, milliseconds that it is open, milliseconds that it is kept after that, its
-- fingerprint.
-- Answers {document, state, asked at, expires at, decision, now}.
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('exists', KEYS[1]) == 0 then
  local number = redis.call('incr', KEYS[3])
  redis.call('hset', KEYS[1], 'document', ARGV[1], 'state', 'open', 'asked', now, 'expires', now + ARGV[2], 'ttl', ARGV[2], 'fingerprint', ARGV[4], 'decision', '')
  redis.call('pexpire', KEYS[1], ARGV[2] + ARGV[3])
  redis.call('zadd', KEYS[2], number, KEYS[1])
  redis.call('zadd', KEYS[4], number, KEYS[1])
  redis.call('pexpire', KEYS[4], ARGV[2] + ARGV[3])
end
local kept = redis.call('hmget', KEYS[1], 'document', 'state', 'asked', 'expires', 'decision')
kept[6] = now
return kept
