-- The sessions behind a figure, by when and for what they counted. Deleted with their session.
create table rolled_labels (
  session_id uuid    not null,
  label      text    collate "C" not null,
  bucket     integer not null,
  assistant  text    not null,
  channel    text    not null,
  queue      text    not null,
  agent      text    not null,
  primary key (session_id, label, bucket)
);
create index rolled_labels_when on rolled_labels (label, bucket desc, session_id desc);

-- Of sessions that were counted before, only the last entry's time is known.
insert into rolled_labels
select distinct session_id, label, (last_at / 900000)::int, assistant, channel, queue, agent from rolled_sessions cross join unnest(labels) label;

-- An instance of an older version cannot count from here on, because it does not know the sums of
-- hours and days.
alter table rolled_sessions drop column labels;
drop index rolled_sessions_last;
create index rolled_sessions_opened on rolled_sessions (opened_at desc, session_id desc);
