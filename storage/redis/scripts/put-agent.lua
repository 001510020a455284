-- Stores an account.
-- KEYS: the account, ids by login, ids by identity, the invitation, those that end with it.
-- ARGV: id, version, login, identity or '', document, 1 if the invitation is needed, now.
-- Answers stored, taken, conflict or no invitation.
if ARGV[6] == '1' then
  local expires = redis.call('hget', KEYS[4], 'expires')
  if not expires or tonumber(expires) <= tonumber(ARGV[7]) then return 'no invitation' end
end
local version = tonumber(ARGV[2])
local kept = redis.call('hmget', KEYS[1], 'version', 'login', 'identity')
if version == 1 and kept[1] then return 'taken' end
local holder = redis.call('hget', KEYS[2], ARGV[3])
if holder and holder ~= ARGV[1] then return 'taken' end
if ARGV[4] ~= '' then
  holder = redis.call('hget', KEYS[3], ARGV[4])
  if holder and holder ~= ARGV[1] then return 'taken' end
end
if (tonumber(kept[1] or '0')) ~= version - 1 then return 'conflict' end
if kept[2] then redis.call('hdel', KEYS[2], kept[2]) end
if kept[3] and kept[3] ~= '' then redis.call('hdel', KEYS[3], kept[3]) end
redis.call('hset', KEYS[1], 'version', version, 'login', ARGV[3], 'identity', ARGV[4], 'document', ARGV[5])
redis.call('hset', KEYS[2], ARGV[3], ARGV[1])
if ARGV[4] ~= '' then redis.call('hset', KEYS[3], ARGV[4], ARGV[1]) end
if ARGV[6] == '1' then
  for n = 4, #KEYS do redis.call('del', KEYS[n]) end
end
return 'stored'
