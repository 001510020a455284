-- outside a transaction
-- Listings by channel, agent, queue and tag, newest first. Built while instances go on writing. A statement here may be run
-- again after it was broken off, so each index that a broken build left behind is dropped before it is built.
-- No column of these changes with every turn, so turns stay heap-only updates.
drop index concurrently if exists sessions_channel;
create index concurrently sessions_channel on sessions (split_part(address, ':', 1), open, id);

drop index concurrently if exists sessions_agent;
create index concurrently sessions_agent on sessions (agent_id, id) where agent_id is not null;

drop index concurrently if exists sessions_queue;
create index concurrently sessions_queue on sessions (queue, id) where queue is not null;

drop index concurrently if exists sessions_tags;
create index concurrently sessions_tags on sessions using gin (tags) where tags <> '{}';
