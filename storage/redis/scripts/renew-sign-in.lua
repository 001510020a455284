-- Replaces the token of a sign-in. KEYS: the sign-in. ARGV: digest of the given token, of the next one, now, when it expires, network,
-- milliseconds that a replaced token is accepted. Answers renewed, recent, reused or unknown.
local kept = redis.call('hmget', KEYS[1], 'digest', 'replaced', 'used', 'expires', 'set')
local now = tonumber(ARGV[3])
if not kept[1] or tonumber(kept[4]) <= now then return 'unknown' end
if kept[1] == ARGV[1] then
  redis.call('hset', KEYS[1], 'digest', ARGV[2], 'replaced', ARGV[1], 'used', ARGV[3], 'expires', ARGV[4], 'network', ARGV[5])
  redis.call('pexpireat', KEYS[1], ARGV[4])
  return 'renewed'
end
if kept[2] == ARGV[1] and now - tonumber(kept[3]) < tonumber(ARGV[6]) then return 'recent' end
redis.call('del', KEYS[1])
redis.call('srem', kept[5], KEYS[1])
return 'reused'
