-- A delivery mark is 'status \n at \n ref \n reason'; ref and reason are JSON strings or empty, so they hold no newline.
-- The same rule as storage/delivery.ts: a mark only moves forward, and what is not said anew (the ref) stays.
local RANK = { pending = 0, sent = 1, failed = 2, delivered = 2, read = 3 }

local function mark(marks, seq, status, at, ref, reason)
  local old = redis.call('HGET', marks, seq)
  if old then
    local was, was_ref = string.match(old, '^([^\n]*)\n[^\n]*\n([^\n]*)\n')
    if was == 'failed' or RANK[status] <= RANK[was] then return end
    if ref == '' then ref = was_ref end
  end
  redis.call('HSET', marks, seq, status .. '\n' .. at .. '\n' .. ref .. '\n' .. reason)
end
