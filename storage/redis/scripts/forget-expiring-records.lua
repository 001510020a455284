-- Deletes expired records. KEYS: records by kind and id. ARGV: now, limit. Answers how many were
-- deleted.
local all = redis.call('hgetall', KEYS[1])
local deleted = 0
for index = 1, #all, 2 do
  if deleted >= tonumber(ARGV[2]) then break end
  if tonumber(cjson.decode(all[index + 1]).expiresAt) <= tonumber(ARGV[1]) then
    redis.call('hdel', KEYS[1], all[index])
    deleted = deleted + 1
  end
end
return deleted
