-- Outgoing webhooks (storage/webhooks.ts).
create table webhook_endpoints (
  id       text collate "C" primary key,
  version  int  not null,
  document json not null,
  health   json not null
);

-- A row for each session that an endpoint follows. Turns write it only where an endpoint wants them.
create table webhook_places (
  endpoint_id text collate "C" not null,
  session_id  uuid    not null,
  replay      boolean not null,
  done        int     not null,
  up_to       int     not null,
  attempts    int     not null,
  not_before  bigint  not null,
  touched_at  bigint  not null,
  primary key (endpoint_id, session_id, replay)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
-- Small while the receivers answer. What is sent leaves it.
create index webhook_places_due on webhook_places (endpoint_id, not_before, session_id) where done < up_to;

create table webhook_deliveries (
  endpoint_id text   collate "C" not null,
  id          uuid   not null,
  at          bigint not null,
  outcome     text   not null,
  document    json   not null,
  primary key (endpoint_id, id)
);
