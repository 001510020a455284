-- Sandboxes and share links (storage/expiring-records.ts).
create table expiring_records (
  kind       text   collate "C" not null check (kind in ('sandbox', 'share_link')),
  id         text   collate "C" not null,
  owner      text   collate "C" not null,
  version    int    not null,
  content    json   not null,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (kind, id)
);
create index expiring_records_newest on expiring_records (kind, created_at desc, id);
create index expiring_records_owner on expiring_records (kind, owner, created_at desc, id);
create index expiring_records_expired on expiring_records (expires_at);
