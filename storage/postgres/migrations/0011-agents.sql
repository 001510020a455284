-- The people who answer customers and run the program (storage/agents.ts), their devices (storage/sign-ins.ts), and which caller
-- read and changed what (storage/audit-trail.ts).
create table agents (
  id            text     primary key,
  login         text     collate "C" not null,
  name          text     not null,
  role          text     not null check (role in ('agent', 'supervisor', 'admin')),
  password_hash text,
  identity      text,
  disabled      boolean  not null,
  created_at    bigint   not null,
  version       int      not null
);
create unique index agents_login on agents (login);
create unique index agents_identity on agents (identity) where identity is not null;

create table agent_invitations (
  digest     text   primary key,
  role       text   not null check (role in ('agent', 'supervisor', 'admin')),
  agent_id   text,
  invited_by text,
  expires_at bigint not null
);
create index agent_invitations_expiry on agent_invitations (expires_at);

create table sign_ins (
  id         text   primary key,
  agent_id   text   not null,
  number     int    not null,
  digest     text   not null,
  since      bigint not null,
  lowest     int    not null,
  created_at bigint not null,
  used_at    bigint not null,
  expires_at bigint not null,
  device     text   not null,
  network    text   not null
);
create index sign_ins_agent on sign_ins (agent_id);
create index sign_ins_expiry on sign_ins (expires_at);

create table audit (
  ordinal   bigint generated always as identity primary key,
  at        bigint not null,
  agent     text   not null,
  kind      text   not null,
  role      text   not null,
  operation text   not null,
  effect    text   not null,
  target    text,
  outcome   text   not null,
  detail    text,
  network   text
);
create index audit_at on audit (at);
create index audit_agent on audit (agent, ordinal);
create index audit_target on audit (target, ordinal) where target is not null;
