-- KEYS: a listing. ARGV: from (a bound of ZREVRANGEBYLEX), limit, how many rows to look at at most, then state, handler, assistant,
-- open (empty: any, else '=' and the value). Answers {last member looked at, or empty at the end, member, member, …}, newest first.
-- A row whose retention is over has left its entry behind: it is removed here.
local from, limit, budget = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local function is(wanted, value) return wanted == '' or wanted == '=' .. value end
local found, looked, last = { '' }, 0, ''
while true do
  local members = redis.call('ZREVRANGEBYLEX', KEYS[1], from, '-', 'LIMIT', 0, 100)
  for _, member in ipairs(members) do
    local row = redis.call('HMGET', string.sub(member, 37), 's', 'h', 'a', 'open')
    if not row[4] then
      redis.call('ZREM', KEYS[1], member)
    elseif is(ARGV[4], row[1]) and is(ARGV[5], row[2]) and is(ARGV[6], row[3]) and is(ARGV[7], row[4]) then
      table.insert(found, member)
    end
    looked, last = looked + 1, member
    if #found > limit or looked >= budget then
      found[1] = last
      return found
    end
  end
  if #members < 100 then return found end
  from = '(' .. last
end
