-- Writes a part of content that is being written.
-- KEYS: the files of the session.
-- ARGV: content, number of the part, its bytes.
-- Answers 0 if the content is not being written any more, or 1.
if redis.call('HEXISTS', KEYS[1], 'writing:' .. ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'part:' .. ARGV[1] .. ':' .. ARGV[2], ARGV[3])
return 1
