-- Deletes content that is being written. Its parts are numbered from 0 without a gap.
-- KEYS: the files of the session.
-- ARGV: content.
-- Answers the number of parts.
if redis.call('HDEL', KEYS[1], 'writing:' .. ARGV[1]) == 0 then return 0 end
local part = 0
while redis.call('HDEL', KEYS[1], 'part:' .. ARGV[1] .. ':' .. part) == 1 do part = part + 1 end
return part
