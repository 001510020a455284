-- KEYS: a listing.
-- ARGV: from (a bound of ZREVRANGEBYLEX), limit, how many rows to examine at most, then state,
-- handler, assistant, open and channel (empty for any, else '=' and the value), then agent, queue
-- and tag (empty for any, else the JSON text that is in the row's document before its snapshot). A
-- quote inside a JSON string has a backslash before it, so these texts are found as fields and
-- elements only, never inside a string.
-- Answers {last member examined, or empty at the end, member, member, …}, newest first. A row that
-- the retention deleted has left its entry behind. It is removed here.
local from, limit, budget = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local channel, agent, queue, tag = ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local reads_document = agent ~= '' or queue ~= '' or tag ~= ''
local function is(wanted, value) return wanted == '' or wanted == '=' .. value end

local function on_channel(row)
  return channel == '' or channel == '=' .. (string.match(row, '^session:{%d+}:"?([^:]*):') or '')
end

local function has(head, text) return text == '' or string.find(head, text, 1, true) ~= nil end
local function tagged(head)
  if tag == '' then return true end
  return has(head, '[' .. tag .. ',') or has(head, '[' .. tag .. ']') or has(head, ',' .. tag .. ',') or has(head, ',' .. tag .. ']')
end

local function in_document(row)
  if not reads_document then return true end
  local document = redis.call('HGET', row, 'r') or ''
  local head = string.sub(document, 1, (string.find(document, '"snapshot":', 1, true) or 0) - 1)
  return has(head, agent) and has(head, queue) and tagged(head)
end

local found, examined, last = { '' }, 0, ''
while true do
  local members = redis.call('ZREVRANGEBYLEX', KEYS[1], from, '-', 'LIMIT', 0, 100)
  for _, member in ipairs(members) do
    local key = string.sub(member, 37)
    local row = redis.call('HMGET', key, 's', 'h', 'a', 'open')
    if not row[4] then
      redis.call('ZREM', KEYS[1], member)
    elseif is(ARGV[4], row[1]) and is(ARGV[5], row[2]) and is(ARGV[6], row[3]) and is(ARGV[7], row[4]) and on_channel(key) and in_document(key) then
      table.insert(found, member)
    end
    examined, last = examined + 1, member
    if #found > limit or examined >= budget then
      found[1] = last
      return found
    end
  end
  if #members < 100 then return found end
  from = '(' .. last
end
