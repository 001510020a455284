-- What customers uploaded and no message has brought into a session yet (storage/uploads.ts).
create table uploads (
  address   text   not null,
  id        text   not null,
  name      text   not null,
  mime_type text   not null,
  at        bigint not null,
  bytes     bytea  not null,
  primary key (address, id)
);
create index uploads_at on uploads (at);
-- Photographs and recordings are compressed already.
alter table uploads alter column bytes set storage external;
