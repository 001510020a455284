-- KEYS, for each outcome: the item, its lane, the index of free work, the row, the marks.
-- ARGV: owner, then for each either done, seq, status (empty for no mark), at, ref, reason, or
-- later, attempts, not before, progress, two empty, or reported, seq, status, at, ref, reason.
-- Items that another owner holds by now are not changed, but what was reported of them is marked.
-- Answers {n of each done item that is not the owner's} and {n, where the session moved (empty if
-- it did not)} for each of what was reported whose mark moved.
local lost, moved = {}, {}
for n = 1, #KEYS / 5 do
  local item, lane, free, row, marks = KEYS[5 * n - 4], KEYS[5 * n - 3], KEYS[5 * n - 2], KEYS[5 * n - 1], KEYS[5 * n]
  local a = 6 * n - 4
  if ARGV[a] == 'reported' then
    if redis.call('HEXISTS', marks, ARGV[a + 1]) == 1 and mark(marks, ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 4], ARGV[a + 5]) then
      table.insert(moved, { n, redis.call('HGET', row, 'm') or '' })
    end
  elseif redis.call('HGET', item, 'o') == ARGV[1] then
    if ARGV[a] == 'done' then
      remove_work(item, lane, free)
      local version = redis.call('HGET', row, 'v')
      if ARGV[a + 2] ~= '' and version and tonumber(ARGV[a + 1]) <= tonumber(version) then
        mark(marks, ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 4], ARGV[a + 5])
      end
    else
      redis.call('HSET', item, 'a', ARGV[a + 1], 'n', ARGV[a + 2], 'p', ARGV[a + 3], 'o', '', 'l', '0')
      redis.call('ZADD', free, ARGV[a + 2], item)
    end
  elseif ARGV[a] == 'done' then
    table.insert(lost, n)
  end
end
return { lost, moved }
