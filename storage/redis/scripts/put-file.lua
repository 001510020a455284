-- Keeps a file unless there is one of its id.
-- KEYS: the row of its session, the session's files.
-- ARGV: the file's id, its document.
-- Answers 0 if there is no such session, or 1 if the file is kept. A deletion of the session is a
-- script of the same slot, so one of them is first.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2])
return 1
