-- KEYS: account and live of each.
-- Answers the balance of each, one after the other.
local answer = {}
for i = 1, #KEYS, 2 do
  lapse(KEYS[i], KEYS[i + 1])
  for _, number in ipairs(balance(KEYS[i])) do answer[#answer + 1] = number end
end
return answer
