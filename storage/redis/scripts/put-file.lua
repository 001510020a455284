-- Sets a field of a session's files unless it is there.
-- KEYS: the row of the session, its files.
-- ARGV: the field, its value.
-- Answers 0 if there is no such session, or 1 if the field is there. A deletion of the session is a
-- script of the same slot, so one of them is first.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2])
return 1
