-- The living core: sessions, their journal, their work, and small shared settings.
-- Times are bigint milliseconds since the epoch, as everywhere in the program: exact, and nothing to convert on the hot
-- path. For people: to_timestamp(opened_at / 1000.0).
-- Documents are json, not jsonb: they are read whole and given back word for word (jsonb would also refuse the
-- character U+0000, which customers can send), and writing json costs less.

-- One row an actor. Every turn rewrites it, so it must be a heap-only update: half of the page is left free, and no
-- index stands on what changes each turn (version, state, last_activity_at, snapshot). Rows up to half a page stay in it
-- as they are; larger snapshots are compressed first, and only then moved out of line.
create table sessions (
  id               uuid primary key,
  address          text not null,
  -- 1 for the first session of its address, then 2, 3 …: which one is the latest, without asking any clock.
  ordinal          integer not null,
  assistant        text not null,
  machine_id       text not null,
  machine_version  integer not null,
  version          integer not null,
  state            text not null,
  handler          text not null,
  agent_id         text,
  tags             text[] not null,
  open             boolean not null,
  snapshot         json not null,
  wake_at          bigint,
  opened_at        bigint not null,
  last_activity_at bigint not null,
  closed_at        bigint,
  previous_id      uuid
) with (fillfactor = 50, toast_tuple_target = 4080, autovacuum_vacuum_scale_factor = 0.05);

-- At most one session is open at an address.
create unique index sessions_one_open on sessions (address) where open;
-- At most one session follows another, even when it opens and closes in the same turn. Also the way to the latest one.
create unique index sessions_latest on sessions (address, ordinal);
-- Only sessions with an armed timer are in here, and a turn that leaves wake_at alone does not touch it.
create index sessions_due on sessions (wake_at) where wake_at is not null;

-- Append only, except for the delivery mark of what was sent to the customer: the pages keep some room for that.
create table journal (
  session_id      uuid not null,
  seq             integer not null,
  at              bigint not null,
  kind            text not null,
  author          text,
  text            text,
  event_id        text,
  payload         json not null,
  delivery_status text,
  delivery_at     bigint,
  delivery_ref    text,
  delivery_reason text,
  primary key (session_id, seq)
) with (fillfactor = 90);

create unique index journal_event on journal (session_id, event_id) where event_id is not null;

-- Committed work that the world has not seen yet. Small while all is well: what is done is deleted.
create table outbox (
  session_id      uuid not null,
  serial          integer not null,
  -- The session's ordinal: work of one lane goes by (session_ordinal, session_id, serial).
  session_ordinal integer not null,
  seq             integer not null,
  kind            text not null,
  lane            text,
  type            text not null,
  payload         json not null,
  attempts        integer not null,
  not_before      bigint not null,
  progress        json not null,
  owner           text,
  -- 0: nobody holds it.
  lease_until     bigint not null,
  -- From when on anybody may take it.
  free_at         bigint not null generated always as (greatest(not_before, lease_until)) stored,
  primary key (session_id, serial)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

create index outbox_lane on outbox (lane, session_ordinal, session_id, serial) where lane is not null;
create index outbox_free on outbox (free_at);

create table settings (
  name  text primary key,
  value text not null
);
