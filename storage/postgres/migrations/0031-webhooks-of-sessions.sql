-- A session that is deleted takes its places and deliveries with it (archive.ts), so both are found
-- by the session.
alter table webhook_places drop constraint webhook_places_pkey, drop column touched_at, add primary key (session_id, endpoint_id, replay);

alter table webhook_deliveries add column session_id uuid;
update webhook_deliveries set session_id = (document ->> 'sessionId')::uuid;
delete from webhook_places p where not exists (select 1 from sessions s where s.id = p.session_id);
delete from webhook_deliveries d where session_id is not null and not exists (select 1 from sessions s where s.id = d.session_id);
create index webhook_deliveries_session on webhook_deliveries (session_id) where session_id is not null;
-- The retention deletes the oldest of all endpoints.
create index webhook_deliveries_at on webhook_deliveries (at);
