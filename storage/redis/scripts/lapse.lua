-- Releases what expired reservations held. A member of `live` is 'tokens:money:reservation', so
-- that its amount is known as long as it exists.
-- Answers the time in milliseconds.
local function lapse(account, live)
  local time = redis.call('time')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  for _, member in ipairs(redis.call('zrangebyscore', live, '-inf', now)) do
    local tokens, money = string.match(member, '^(%d+):(%d+):')
    redis.call('hincrby', account, 'heldTokens', 0 - tonumber(tokens))
    redis.call('hincrby', account, 'heldMoney', 0 - tonumber(money))
    redis.call('zrem', live, member)
  end
  return now
end

-- {tokens spent, money spent, tokens held, money held}
local function balance(account)
  local found = redis.call('hmget', account, 'spentTokens', 'spentMoney', 'heldTokens', 'heldMoney')
  local numbers = {}
  for i = 1, 4 do numbers[i] = tonumber(found[i] or 0) end
  return numbers
end
