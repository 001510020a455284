-- The sessions that wait now, from their snapshots. An instance of 0.1.0 that works on meanwhile writes neither column:
-- a session that it moves into a queue, or out of one, is put right by its next turn on an instance of this version.
-- So is one whose snapshot holds the character U+0000, at which PostgreSQL's operators for documents stop.
with waiting as materialized (
  select id, case when snapshot::text not like '%\\u0000%' then snapshot #> '{snapshot,context,waiting}' end as wait
  from sessions
  where open and machine_id = 'session' and state = 'WAITING_AGENT'
  order by id
  for update
)
update sessions s set
  queue = w.wait ->> 'queue',
  waiting_since = case when w.wait ->> 'since' ~ '^[0-9]{1,15}$' then (w.wait ->> 'since')::bigint end
from waiting w
where s.id = w.id;
