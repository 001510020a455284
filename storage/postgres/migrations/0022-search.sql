-- outside a transaction
-- The search over open and closed sessions (storage/search.ts). May be run again after it was broken off.
-- Entries have the time at which they were written, and their words have places, so that phrases are found. Those that
-- were indexed before are indexed again, in the background.
alter table search add column if not exists at bigint not null default 0;

-- How far a session is in the index. A closed one that is in it whole has no row.
create table if not exists search_progress (
  session_id uuid primary key,
  seq        integer not null
);

-- All words, with the keys by which words that differ by a slip are found (storage/near-words.ts).
create table if not exists search_lexicon (
  word text collate "C" primary key,
  keys integer[] not null
);
create index if not exists search_lexicon_keys on search_lexicon using gin (keys);

alter table sessions add column if not exists searched boolean not null default false;
drop index concurrently if exists sessions_unsearched;
create index concurrently sessions_unsearched on sessions (closed_at) where not open and not searched;
drop index concurrently if exists sessions_unindexed;
alter table sessions drop column if exists indexed;
