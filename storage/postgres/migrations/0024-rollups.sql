-- Roll-ups for analytics (storage/rollups.ts).

-- A turn that commits entries leaves a mark. No index, because a turn pays for each. Marks are found by reading the table,
-- which is small while one instance counts, and deleted by their place.
create table rollup_marks (
  session_id uuid    not null,
  version    integer not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- One row at most. How far the counting is. Sessions from before this migration are counted from the newest on.
create table rollup_progress (
  only_one boolean primary key default true check (only_one),
  position bigint  not null,
  back_to  uuid,
  complete boolean not null
);

-- Sums by quarter hour. They outlive the sessions.
create table rollups (
  measure   text    collate "C" not null,
  bucket    integer not null,
  assistant text    collate "C" not null,
  channel   text    collate "C" not null,
  queue     text    collate "C" not null,
  agent     text    collate "C" not null,
  key       text    collate "C" not null,
  n         bigint  not null,
  total     bigint  not null,
  primary key (measure, bucket, assistant, channel, queue, agent, key)
) with (fillfactor = 80);

-- What is kept of one session, deleted with it.
create table rolled_sessions (
  session_id uuid   primary key,
  seq        integer not null,
  opened_at  bigint not null,
  last_at    bigint not null,
  assistant  text   not null,
  channel    text   not null,
  queue      text   not null,
  agent      text   not null,
  labels     text[] not null,
  facts      json   not null
) with (fillfactor = 80);
create index rolled_sessions_last on rolled_sessions (last_at desc, session_id desc);

-- The days on which a customer wrote, under a name that only this installation can make from an address.
create table rolled_customers (
  key  text  collate "C" primary key,
  days int[] not null
) with (fillfactor = 80);
