-- A work item is a hash: b (its unchanging part, JSON), lane (the lane's key, or empty), a
-- attempts, n not before, p progress (JSON), m where its session moved (JSON), o owner (JSON
-- string, or empty), l lease until. It stands in its lane, and in the index of free work.

local function remove_work(item, lane, free)
  redis.call('DEL', item)
  redis.call('ZREM', lane, item)
  redis.call('ZREM', free, item)
end
