-- Sums of hours (a span of 4 buckets) and of days of UTC (96), for questions about long ranges
-- (storage/postgres/rollup-spans.ts).

-- The dimensions that are told apart are named in `parts`. The others are added up and empty. The
-- index has the sums too, so that a question reads the index alone. A change of a sum changes the
-- index then, which is rare, because the hours and days are over.
create table rollup_spans (
  measure   text     collate "C" not null,
  parts     text     collate "C" not null,
  span      smallint not null,
  bucket    integer  not null,
  assistant text     collate "C" not null,
  channel   text     collate "C" not null,
  queue     text     collate "C" not null,
  agent     text     collate "C" not null,
  key       text     collate "C" not null,
  n         bigint   not null,
  total     bigint   not null,
  primary key (measure, parts, span, bucket, assistant, channel, queue, agent, key) include (n, total)
) with (autovacuum_vacuum_insert_scale_factor = 0.05);

-- Up to which bucket there are sums of hours and of days. Null until the sessions of before are
-- counted.
alter table rollup_progress add column hours integer, add column days integer;
