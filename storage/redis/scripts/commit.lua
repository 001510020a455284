-- Turns of one partition (of any, where there is no cluster), each decided by itself and written
-- whole or not at all. Every check of a turn comes before its first write. If the first write
-- succeeds, no later one can fail. KEYS and ARGV are read in the order in which
-- storage/redis/commit.ts writes them.
-- Answers for each turn {0} if it won, {1} for a conflict, {3} if the address leads to another
-- home, and {2, n, session, seq, …} for a duplicate. Its nth event id is then in entry seq of its
-- own journal (session 0) or of the journal of its nth session of the lineage.
local next_key, next_arg = 0, 0
local function key() next_key = next_key + 1; return KEYS[next_key] end
local function arg() next_arg = next_arg + 1; return ARGV[next_arg] end
local function many(read) local list = {}; for i = 1, tonumber(arg()) do list[i] = read() end; return list end

local function read_entry()
  return { document = arg(), event = arg(), status = arg(), at = arg(), ref = arg(), reason = arg() }
end
local function read_mark()
  return { seq = arg(), status = arg(), at = arg(), ref = arg(), reason = arg() }
end
local function read_item()
  return { key = key(), laned = arg(), body = arg(), attempts = arg(), not_before = arg(), progress = arg() }
end

local function read_turn()
  local turn = {}
  turn.row = key(); turn.chain = key(); turn.lane = key(); turn.journal = key(); turn.marks = key(); turn.events = key()
  turn.due = key(); turn.free = key(); turn.all = key(); turn.open_list = key(); turn.closed_list = key(); turn.held = key()
  turn.home = key(); turn.counts = key(); turn.news = key()
  turn.expected = arg(); turn.version = arg(); turn.open = arg(); turn.wake = arg(); turn.previous = arg(); turn.member = arg()
  turn.fixed = arg(); turn.document = arg(); turn.state = arg(); turn.handler = arg(); turn.assistant = arg(); turn.closed = arg()
  turn.home_name = arg(); turn.address = arg(); turn.moved_from = arg()
  turn.counted = arg()
  turn.lineage = many(key)
  turn.entries = many(read_entry)
  turn.settled = many(key)
  turn.deliveries = many(read_mark)
  turn.work = many(read_item)
  return turn
end

local function taken(turn)
  local found = {}
  for n, entry in ipairs(turn.entries) do
    if entry.event ~= '' then
      local seq, session = redis.call('HGET', turn.events, entry.event), 0
      for i, events in ipairs(turn.lineage) do
        if seq then break end
        seq, session = redis.call('HGET', events, entry.event), i
      end
      if seq then
        table.insert(found, n); table.insert(found, session); table.insert(found, tonumber(seq))
      end
    end
  end
  return found
end

-- The ordinal and the row as it is now, or nothing if the turn comes too late.
local function admit(turn)
  local row = redis.call('HMGET', turn.row, 'v', 'o', 'w', 'open')
  if turn.expected ~= '0' then
    if row[1] ~= turn.expected then return nil end
    if turn.moved_from ~= '' and (redis.call('HGET', turn.home, 'now') or turn.home_name) ~= turn.moved_from then return nil end
    return row[2], row[3], row[4]
  end
  local home = redis.call('HMGET', turn.home, 'now', 'gone')
  if home[2] == '1' or (home[1] or turn.home_name) ~= turn.address then return nil end
  if row[1] then return nil end
  local latest = redis.call('ZREVRANGE', turn.chain, 0, 0, 'WITHSCORES')
  -- If the row of a deleted session is gone, there is no session before this one.
  local open = latest[1] and redis.call('HGET', latest[1], 'open')
  if (open and latest[1] or '') ~= turn.previous then return nil end
  if turn.open == '1' and open == '1' then return nil end
  return string.format('%d', (tonumber(latest[2]) or 0) + 1), '', ''
end

-- A session from before there were counts is counted from its next turn on.
local function count_state(turn)
  local before = redis.call('HGET', turn.row, 'c') or ''
  if before == turn.counted then return end
  redis.call('HSET', turn.row, 'c', turn.counted)
  if before ~= '' and redis.call('HINCRBY', turn.counts, before, -1) <= 0 then redis.call('HDEL', turn.counts, before) end
  if turn.counted ~= '' then redis.call('HINCRBY', turn.counts, turn.counted, 1) end
end

local function write(turn, ordinal, wake, open, owner, lease)
  redis.call('HSET', turn.row, 'v', turn.version, 'o', ordinal, 'w', turn.wake, 'open', turn.open, 'r', turn.document,
    's', turn.state, 'h', turn.handler, 'a', turn.assistant)
  count_state(turn)
  if #turn.entries > 0 then redis.call('HSET', turn.news, turn.row, turn.version) end
  if turn.expected == '0' then
    redis.call('HSET', turn.row, 'f', turn.fixed)
    redis.call('ZADD', turn.chain, ordinal, turn.row)
    redis.call('ZADD', turn.all, 0, turn.member)
  end
  if turn.wake ~= wake then
    if turn.wake == '' then redis.call('ZREM', turn.due, turn.row) else redis.call('ZADD', turn.due, turn.wake, turn.row) end
  end
  if turn.open ~= open then
    if turn.open == '1' then redis.call('ZADD', turn.open_list, 0, turn.member) else redis.call('ZREM', turn.open_list, turn.member) end
  end
  if turn.moved_from ~= '' then
    redis.call('HSET', turn.home, 'now', turn.address)
    mark_moved(turn.chain, turn.free, turn.address)
  end
  for _, m in ipairs(turn.deliveries) do
    if tonumber(m.seq) <= tonumber(turn.expected) then mark(turn.marks, m.seq, m.status, m.at, m.ref, m.reason) end
  end
  for i, entry in ipairs(turn.entries) do
    local seq = string.format('%d', tonumber(turn.expected) + i)
    redis.call('RPUSH', turn.journal, entry.document)
    if entry.event ~= '' then redis.call('HSET', turn.events, entry.event, seq) end
    if entry.status ~= '' then mark(turn.marks, seq, entry.status, entry.at, entry.ref, entry.reason) end
  end
  for _, item in ipairs(turn.settled) do remove_work(item, turn.lane, turn.free) end
  for _, item in ipairs(turn.work) do
    local lane = item.laned == '1' and turn.lane or ''
    redis.call('HSET', item.key, 'b', item.body, 'lane', lane, 'a', item.attempts, 'n', item.not_before, 'p', item.progress, 'o', owner, 'l', lease)
    if lane ~= '' then redis.call('ZADD', lane, ordinal, item.key) end
    redis.call('ZADD', turn.free, tonumber(item.not_before) > tonumber(lease) and item.not_before or lease, item.key)
  end
end

-- Closed sessions are found by the time of closing. Those under a hold are apart, where no
-- retention reads.
local function list_closed(turn)
  local held = redis.call('HGET', turn.row, 'held') == '1'
  local index, other = held and turn.held or turn.closed_list, held and turn.closed_list or turn.held
  redis.call('ZREM', other, turn.row)
  if turn.open == '0' and turn.closed ~= '' then
    redis.call('ZADD', index, turn.closed, turn.row)
  else
    redis.call('ZREM', index, turn.row)
  end
end

local count, owner, lease = tonumber(arg()), arg(), arg()
local results = {}
for n = 1, count do
  local turn = read_turn()
  local found = taken(turn)
  if #found > 0 then
    table.insert(found, 1, 2)
    results[n] = found
  else
    local leads = turn.expected == '0' and turn.home_name == turn.address and redis.call('HEXISTS', turn.home, 'to') == 1
    local ordinal, wake, open
    if not leads then ordinal, wake, open = admit(turn) end
    if leads then
      results[n] = { 3 }
    elseif ordinal then
      write(turn, ordinal, wake, open, owner, lease)
      if turn.open == '0' or open == '0' then list_closed(turn) end
      results[n] = { 0 }
    else
      results[n] = { 1 }
    end
  end
end
return results
