-- KEYS: index of closed sessions, due times, free work, listings of all and of open sessions, the
-- lane and the chain of the address, then the row, journal, marks, events and files of the session.
-- ARGV: closed before, listing member, prefix of the session's work keys.
-- Answers 1 if the session is deleted now, or 0 if it is held, gone or was closed later.
local closed = redis.call('ZSCORE', KEYS[1], KEYS[8])
if not closed or tonumber(closed) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZREM', KEYS[1], KEYS[8])
redis.call('ZREM', KEYS[2], KEYS[8])
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('ZREM', KEYS[5], ARGV[2])
for _, item in ipairs(redis.call('ZRANGE', KEYS[6], 0, -1)) do
  if string.sub(item, 1, #ARGV[3]) == ARGV[3] then remove_work(item, KEYS[6], KEYS[3]) end
end
redis.call('ZREM', KEYS[7], KEYS[8])
redis.call('UNLINK', KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12])
return 1
