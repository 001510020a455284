-- The archive: what no session could hear, what must not be deleted, what is searched, and who looks after it.

-- Neither is touched by a turn, so turns stay heap-only updates.
alter table sessions
  -- Under a legal hold. On the row, so that a deletion that waited for it sees it.
  add column held    boolean not null default false,
  -- Its messages are in `search`.
  add column indexed boolean not null default false;

create index sessions_expiring on sessions (closed_at) where not open and not held;
create index sessions_held on sessions (closed_at) where held;
create index sessions_unindexed on sessions (closed_at) where not open and not indexed;

-- Listings of either kind, newest first: where few are open (or few are closed), walking the primary key would pass all the others.
create index sessions_open on sessions (id) where open;
create index sessions_closed on sessions (id) where not open;

-- Every setting and lifting of a hold. Outlives its session: no foreign key.
create table holds (
  session_id uuid not null,
  ordinal    bigint generated always as identity,
  held       boolean not null,
  at         bigint not null,
  by         text not null,
  reason     text not null,
  primary key (session_id, ordinal)
);

-- What providers sent and no session can hear: (channel, account, provider_id) once.
create table rejected (
  channel     text not null,
  account     text not null,
  provider_id text not null,
  received_at bigint not null,
  code        text not null,
  reason      text not null,
  content     text not null,
  size        integer not null,
  ordinal     bigint generated always as identity,
  primary key (channel, account, provider_id)
);
create unique index rejected_listed on rejected (ordinal);
create index rejected_expiring on rejected (received_at);

-- Words of the messages of closed sessions (storage/words.ts). Beside the journal, so that no turn pays for it.
create table search (
  session_id uuid not null,
  seq        integer not null,
  words      tsvector not null,
  primary key (session_id, seq)
);
create index search_words on search using gin (words);

-- Chores that one instance does at a time.
create table leases (
  name  text primary key,
  owner text not null,
  until bigint not null
);
