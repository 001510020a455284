-- Adds what a customer spent to another account.
-- KEYS: account and live of the old one, account and live of the new one. The members of the old
-- live name its open reservations, which lie in the same slot. They hold in the new account from
-- now on.
-- Answers 1.
for _, field in ipairs({ 'spentTokens', 'spentMoney', 'heldTokens', 'heldMoney' }) do
  redis.call('HINCRBY', KEYS[3], field, redis.call('HGET', KEYS[1], field) or 0)
end
local live = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
for n = 1, #live, 2 do
  redis.call('ZADD', KEYS[4], live[n + 1], live[n])
  local id = string.match(live[n], '^%d+:%d+:(.*)$')
  for i = 1, tonumber(redis.call('HGET', id, 'accounts') or 0) do
    if redis.call('HGET', id, 'account' .. i) == KEYS[1] then redis.call('HSET', id, 'account' .. i, KEYS[3], 'live' .. i, KEYS[4]) end
  end
end
for n = 1, 2 do
  local left = redis.call('PTTL', KEYS[n])
  if left > redis.call('PTTL', KEYS[n + 2]) then redis.call('PEXPIRE', KEYS[n + 2], left) end
end
redis.call('UNLINK', KEYS[1], KEYS[2])
return 1
