-- Takes or keeps a lease. KEYS: the lease. ARGV: owner, milliseconds. Answers 1 if it is the owner's now, else 0.
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) > 0 then
  redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
else
  redis.call('del', KEYS[1])
end
return 1
