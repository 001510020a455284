-- What the handoff to humans needs of agents: what they know, how much they take (storage/agents.ts), and what is kept beside
-- sessions (storage/handoff.ts). A capacity that is null is the program's default.
alter table agents
  add column skills   text[] not null default '{}',
  add column capacity int;

create table agent_states (
  agent_id    text    primary key,
  seen_at     bigint,
  away        boolean not null default false,
  assigned_at bigint
);

-- How long customers waited. The default queue is the empty name.
create table queue_waits (
  ordinal bigint generated always as identity primary key,
  queue   text   not null,
  at      bigint not null,
  ms      bigint not null
);
create index queue_waits_queue on queue_waits (queue, ordinal);
