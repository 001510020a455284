-- outside a transaction
-- Counts of open sessions by machine and state come from this index alone. Built while instances go on writing. It may
-- be run again after it was broken off, so an index that a broken build left behind is dropped before it is built.
-- A turn that stays in its state, as most do, changes none of these columns and stays a heap-only update.
drop index concurrently if exists sessions_states;
create index concurrently sessions_states on sessions (machine_id, machine_version, state) where open;
