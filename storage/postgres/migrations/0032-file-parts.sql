-- Files of more than one part (storage/file-parts.ts). Their row in files has no bytes of its own,
-- and names the content. A session that is deleted leaves its contents without one, also if a program
-- of an older version deletes it. Nobody reads them then, and the retention deletes them one by one,
-- because a gigabyte takes longer than a statement may.
create table file_contents (
  id         uuid    primary key,
  session_id uuid    references sessions (id) on delete set null,
  at         bigint  not null,
  unfinished boolean not null default true
);
create index file_contents_session on file_contents (session_id);
create index file_contents_unclaimed on file_contents (at) where unfinished or session_id is null;

create table file_parts (
  content_id uuid    not null references file_contents (id) on delete cascade,
  part       integer not null,
  bytes      bytea   not null,
  primary key (content_id, part)
);
-- Documents are compressed already.
alter table file_parts alter column bytes set storage external;

alter table files alter column bytes drop not null, add column content_id uuid, add column size bigint;
