-- Removes an item of the library if it has the version. KEYS: items by id, ids by place. ARGV: id, version. Answers how many were removed.
local text = redis.call('hget', KEYS[1], ARGV[1])
local kept = text and cjson.decode(text)
if not kept or tonumber(kept.item.version) ~= tonumber(ARGV[2]) then return 0 end
redis.call('hdel', KEYS[2], kept.place)
return redis.call('hdel', KEYS[1], ARGV[1])
