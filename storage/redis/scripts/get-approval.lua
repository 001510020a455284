-- KEYS: the approval.
-- Answers {document, state, asked at, expires at, decision, now}. The document is nil if there is
-- none.
local time = redis.call('time')
local kept = redis.call('hmget', KEYS[1], 'document', 'state', 'asked', 'expires', 'decision')
kept[6] = time[1] * 1000 + math.floor(time[2] / 1000)
return kept
