-- Uses a token of a sign-in.
-- KEYS: the sign-in.
-- ARGV: number of the given token, its digest, now, when it expires, network, milliseconds that
-- replaced tokens are accepted.
-- Answers the number of the next token, reused or unknown.
local kept = redis.call('hmget', KEYS[1], 'number', 'digest', 'since', 'lowest', 'expires', 'set')
local given, now = tonumber(ARGV[1]), tonumber(ARGV[3])
if not kept[1] or tonumber(kept[5]) <= now then return 'unknown' end
local number = tonumber(kept[1])
local late = now - tonumber(kept[3]) < tonumber(ARGV[6])
if given <= number and kept[2] ~= ARGV[2] and not (late and given >= tonumber(kept[4])) then
  redis.call('del', KEYS[1])
  redis.call('srem', kept[6], KEYS[1])
  return 'reused'
end
if given > number then
  redis.call('hset', KEYS[1], 'number', ARGV[1], 'digest', ARGV[2])
  if not late then redis.call('hset', KEYS[1], 'since', ARGV[3], 'lowest', kept[1]) end
  number = given
end
redis.call('hset', KEYS[1], 'used', ARGV[3], 'expires', ARGV[4], 'network', ARGV[5])
redis.call('pexpireat', KEYS[1], ARGV[4])
return number + 1
