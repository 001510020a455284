-- Tokens with which programs come in (storage/api-tokens.ts). Only digests of their secrets are here.
create table api_tokens (
  id                  text   collate "C" not null primary key,
  name                text   not null,
  digest              text   not null,
  former              json,
  scopes              text[] not null,
  role                text   not null check (role in ('agent', 'supervisor', 'admin')),
  requests_per_minute int,
  created_by          text   not null,
  created_at          bigint not null,
  expires_at          bigint,
  version             int    not null,
  last_used_at        bigint
);
create index api_tokens_newest on api_tokens (created_at desc, id desc);
