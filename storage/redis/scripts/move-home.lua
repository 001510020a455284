-- KEYS: the chain of a home, the home, the index of free work.
-- ARGV: the home's name, the address that it must have now, its next address (all JSON), and the
-- home that it leads to from now on, or empty where it stays one.
-- Answers 0 if a session is open here or the address is another one, else 1. Repeated, it changes
-- nothing.
local home = redis.call('HMGET', KEYS[2], 'now', 'gone')
if home[2] == '1' then return ARGV[4] ~= '' and 1 or 0 end
local now = home[1] or ARGV[1]
if (now ~= ARGV[2] and now ~= ARGV[3]) or latest_is_open(KEYS[1]) then return 0 end
mark_moved(KEYS[1], KEYS[3], ARGV[3])
redis.call('HSET', KEYS[2], 'now', ARGV[3])
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[2], 'gone', '1')
  if ARGV[1] == ARGV[2] then redis.call('HSET', KEYS[2], 'to', ARGV[4]) end
end
return 1
