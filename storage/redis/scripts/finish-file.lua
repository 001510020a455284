-- Makes content that is being written a file's.
-- KEYS: the files of the session.
-- ARGV: content, the file's id, its document.
-- Answers 0 if the content is not being written any more, 1 if there is a file of this id, or 2.
if redis.call('HEXISTS', KEYS[1], 'writing:' .. ARGV[1]) == 0 then return 0 end
if redis.call('HSETNX', KEYS[1], ARGV[2], ARGV[3]) == 0 then return 1 end
redis.call('HDEL', KEYS[1], 'writing:' .. ARGV[1])
return 2
