-- Stores an item of the library. KEYS: items by id, ids by place. ARGV: id, version, kind, place, document {place, item}.
-- Answers stored, taken or conflict.
local version = tonumber(ARGV[2])
local text = redis.call('hget', KEYS[1], ARGV[1])
local kept = text and cjson.decode(text)
if version == 1 then
  if kept then return 'taken' end
elseif not kept or kept.item.kind ~= ARGV[3] or tonumber(kept.item.version) ~= version - 1 then
  return 'conflict'
end
local holder = redis.call('hget', KEYS[2], ARGV[4])
if holder and holder ~= ARGV[1] then return 'taken' end
if kept then redis.call('hdel', KEYS[2], kept.place) end
redis.call('hset', KEYS[1], ARGV[1], ARGV[5])
redis.call('hset', KEYS[2], ARGV[4], ARGV[1])
return 'stored'
