-- A delivery mark is 'status \n at \n ref \n reason'. Ref and reason are JSON strings or empty, so
-- they have no newline. The rule is that of storage/delivery.ts. A mark only moves forward, and a
-- ref that is not given again stays. Returns true if it moved.
local RANK = { pending = 0, sent = 1, failed = 2, delivered = 2, read = 3 }

local function mark(marks, seq, status, at, ref, reason)
  local old = redis.call('HGET', marks, seq)
  if old then
    local was, was_ref = string.match(old, '^([^\n]*)\n[^\n]*\n([^\n]*)\n')
    if was == 'failed' or RANK[status] <= RANK[was] then return end
    if ref == '' then ref = was_ref end
  end
  redis.call('HSET', marks, seq, status .. '\n' .. at .. '\n' .. ref .. '\n' .. reason)
  return true
end
