-- Bytes under a name that a channel keeps for itself (storage/blobs.ts).
create table blobs (
  name  text  primary key,
  bytes bytea not null
);
-- Archives are compressed already.
alter table blobs alter column bytes set storage external;
