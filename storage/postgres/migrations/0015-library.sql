-- What agents save for their work (storage/library.ts), and the notes that mention them (storage/mentions.ts).
create table library (
  id         text   primary key,
  kind       text   not null check (kind in ('canned', 'macro', 'filter')),
  owner      text,
  name       text   not null,
  key        text   not null,
  content    json   not null,
  changed_by text   not null,
  changed_at bigint not null,
  version    int    not null
);
create unique index library_key on library (kind, coalesce(owner, ''), key);

create table mentions (
  agent_id   text   collate "C" not null,
  id         text   collate "C" not null,
  session_id text   not null,
  by         text   not null,
  at         bigint not null,
  seen_at    bigint,
  primary key (agent_id, id)
);
create index mentions_order on mentions (agent_id, at desc, id desc);
create index mentions_unseen on mentions (agent_id, at desc, id desc) where seen_at is null;
create index mentions_at on mentions (at);
