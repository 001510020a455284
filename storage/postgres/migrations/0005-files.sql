-- What sessions send and journals cannot hold (storage/files.ts). Beside them, and deleted with its session.
create table files (
  session_id uuid   not null,
  id         text   not null,
  name       text   not null,
  mime_type  text   not null,
  at         bigint not null,
  bytes      bytea  not null,
  primary key (session_id, id)
);
-- Documents are compressed already.
alter table files alter column bytes set storage external;
