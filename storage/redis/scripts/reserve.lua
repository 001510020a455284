-- Reserves in all accounts or in none.
-- KEYS: the reservation, then account and live of each limit.
-- ARGV: tokens, money, milliseconds until it lapses, milliseconds that it is remembered after that,
-- then of each limit most tokens and most money ('' where there is none) and milliseconds that its
-- account is kept.
-- Answers {0} if reserved, {1} if a reservation of this id was settled, else {2, nth exceeded limit
-- and its balance, …}.
local id, tokens, money = KEYS[1], ARGV[1], ARGV[2]
local before = redis.call('hmget', id, 'settled', 'member', 'accounts')
if before[1] == '1' then return { 1 } end
local answer = { 2 }
local now
for i = 1, (#KEYS - 1) / 2 do
  local account, live = KEYS[2 * i], KEYS[2 * i + 1]
  now = lapse(account, live)
  local stands = balance(account)
  if before[2] and redis.call('zscore', live, before[2]) then
    local heldTokens, heldMoney = string.match(before[2], '^(%d+):(%d+):')
    stands[3] = stands[3] - heldTokens
    stands[4] = stands[4] - heldMoney
  end
  local most, mostMoney = tonumber(ARGV[2 + 3 * i]), tonumber(ARGV[3 + 3 * i])
  if (most and stands[1] + stands[3] + tokens > most) or (mostMoney and stands[2] + stands[4] + money > mostMoney) then
    answer[#answer + 1] = i
    for _, number in ipairs(stands) do answer[#answer + 1] = number end
  end
end
if #answer > 1 then return answer end

-- What it held is given back where it is. An account of before may have got a new name since, and
-- is then none of KEYS, but lies in their slot.
for i = 1, tonumber(before[3] or 0) do
  local names = redis.call('hmget', id, 'account' .. i, 'live' .. i)
  if redis.call('zrem', names[2], before[2]) == 1 then
    local heldTokens, heldMoney = string.match(before[2], '^(%d+):(%d+):')
    redis.call('hincrby', names[1], 'heldTokens', 0 - tonumber(heldTokens))
    redis.call('hincrby', names[1], 'heldMoney', 0 - tonumber(heldMoney))
  end
end

local member = tokens .. ':' .. money .. ':' .. id
redis.call('del', id)
redis.call('hset', id, 'settled', '0', 'member', member, 'accounts', (#KEYS - 1) / 2)
for i = 1, (#KEYS - 1) / 2 do
  local account, live, keep = KEYS[2 * i], KEYS[2 * i + 1], ARGV[4 + 3 * i]
  redis.call('hincrby', account, 'heldTokens', tokens)
  redis.call('hincrby', account, 'heldMoney', money)
  redis.call('zadd', live, now + ARGV[3], member)
  redis.call('hset', id, 'account' .. i, account, 'live' .. i, live, 'keep' .. i, keep)
  redis.call('pexpire', account, keep)
  redis.call('pexpire', live, keep)
end
redis.call('pexpire', id, ARGV[3] + ARGV[4])
return { 0 }
