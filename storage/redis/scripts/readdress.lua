-- KEYS: the chain of a home that is gone, the index of free work.
-- ARGV: the address that its sessions have from now on, as JSON.
mark_moved(KEYS[1], KEYS[2], ARGV[1])
return 1
