-- What a human has to allow before it is done. Its states stand in storage/approvals.ts; that one is expired follows from its time.
create table approvals (
  id          text   primary key,
  session_id  uuid   not null,
  tool        text   not null,
  shown       json   not null,
  fingerprint text   not null,
  approvers   json   not null,
  ttl_ms      bigint not null,
  asked_at    bigint not null,
  expires_at  bigint not null,
  state       text   not null default 'open' check (state in ('open', 'approved', 'denied', 'used')),
  decided_by  text,
  decided_at  bigint,
  comment     text,
  ordinal     bigint generated always as identity
);
create unique index approvals_open on approvals (ordinal) where state = 'open';
create index approvals_kept on approvals (expires_at);
