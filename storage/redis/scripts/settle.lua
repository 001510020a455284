-- Ends a reservation and charges what was used.
-- KEYS: the reservation. It names the other keys, which are in its slot.
-- ARGV: tokens, money, milliseconds that it is remembered.
-- Answers 0 if there is none, 1 if it was settled before, and 2 if it is settled now.
local id = KEYS[1]
local kept = redis.call('hmget', id, 'settled', 'member', 'accounts')
if not kept[1] then return 0 end
if kept[1] == '1' then return 1 end
local heldTokens, heldMoney = string.match(kept[2], '^(%d+):(%d+):')
for i = 1, tonumber(kept[3]) do
  local names = redis.call('hmget', id, 'account' .. i, 'live' .. i, 'keep' .. i)
  local account, live, keep = names[1], names[2], names[3]
  if redis.call('zrem', live, kept[2]) == 1 then
    redis.call('hincrby', account, 'heldTokens', 0 - tonumber(heldTokens))
    redis.call('hincrby', account, 'heldMoney', 0 - tonumber(heldMoney))
  end
  redis.call('hincrby', account, 'spentTokens', ARGV[1])
  redis.call('hincrby', account, 'spentMoney', ARGV[2])
  redis.call('pexpire', account, keep)
  redis.call('pexpire', live, keep)
end
redis.call('hset', id, 'settled', '1')
redis.call('pexpire', id, ARGV[3])
return 2
