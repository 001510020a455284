-- In which queue a session waits for a human, and since when. Null where it does not wait: adding the columns touches no row.
-- A turn writes them only when they change, so turns stay heap-only updates.
alter table sessions
  add column queue         text,
  add column waiting_since bigint;
