/**
 * Webhooks in PostgreSQL.
 *
 * Invariant. Statements over several places lock them in one order, so two of them never deadlock.
 */
import { storable } from '#storage/postgres/arrays.ts';
import { type Column, numbered, parameters, unnest } from '#storage/postgres/columns.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeCount, decodeDelivery, decodeEndpoint, decodePlace, PLACE } from '#storage/postgres/decode.ts';
import {
  byAge,
  checkEndpoint,
  type DeliveryRecord,
  deliveryPage,
  deliveryPlace,
  type Followed,
  NO_FAILURES,
  type Place,
  type PlaceKey,
  type Replayed,
  type Webhooks,
} from '#storage/webhooks.ts';

const ENDPOINTS = 'select e.document, e.health from webhook_endpoints e';
const INSERT_ENDPOINT = `insert into webhook_endpoints (id, version, document, health) values ($1, 1, $2, $3)
on conflict do nothing returning 1`;
const UPDATE_ENDPOINT = 'update webhook_endpoints set version = $2::int, document = $3 where id = $1 and version = $2::int - 1 returning 1';
const SET_HEALTH = 'update webhook_endpoints set health = $2 where id = $1';
const REMOVE_ENDPOINT = `
with places as (delete from webhook_places where endpoint_id = $1),
  deliveries as (delete from webhook_deliveries where endpoint_id = $1)
delete from webhook_endpoints where id = $1 returning 1`;

const FOLLOWED: readonly Column<Followed>[] = [
  { name: 'endpoint_id', type: 'text', of: ({ endpointId }) => endpointId },
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'up_to', type: 'int', of: ({ upTo }) => upTo },
];
const FOLLOW = numbered(`
insert into webhook_places (endpoint_id, session_id, replay, done, up_to, attempts, not_before)
select f.endpoint_id, f.session_id, false, 0, max(f.up_to), 0, 0
from ${unnest(FOLLOWED, 'f')} group by f.endpoint_id, f.session_id order by f.endpoint_id, f.session_id
on conflict (endpoint_id, session_id, replay) do update set up_to = excluded.up_to
where webhook_places.up_to < excluded.up_to`);

const REPLAYED: readonly Column<Replayed>[] = [
  { name: 'endpoint_id', type: 'text', of: ({ endpointId }) => endpointId },
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'done', type: 'int', of: ({ done }) => done },
  { name: 'up_to', type: 'int', of: ({ upTo }) => upTo },
];
const REPLAY = numbered(`
insert into webhook_places (endpoint_id, session_id, replay, done, up_to, attempts, not_before)
select r.endpoint_id, r.session_id, true, min(r.done), max(r.up_to), 0, 0
from ${unnest(REPLAYED, 'r')} group by r.endpoint_id, r.session_id order by r.endpoint_id, r.session_id
on conflict (endpoint_id, session_id, replay) do update set
  done = case when webhook_places.done < webhook_places.up_to then least(webhook_places.done, excluded.done) else excluded.done end,
  up_to = case when webhook_places.done < webhook_places.up_to then greatest(webhook_places.up_to, excluded.up_to) else excluded.up_to end,
  attempts = 0, not_before = 0`);

const DUE = `select ${PLACE} from webhook_places p
where p.endpoint_id = $1 and p.done < p.up_to and p.not_before <= $2
order by p.not_before, p.session_id limit $3`;
const PENDING = `select count(*)::int as count from (
  select from webhook_places p where p.endpoint_id = $1 and p.done < p.up_to limit $2
) pending`;

type Settled = Omit<Place, 'upTo'> & { readonly before: number };
const KEY: readonly Column<PlaceKey>[] = [
  { name: 'endpoint_id', type: 'text', of: ({ endpointId }) => endpointId },
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'replay', type: 'boolean', of: ({ replay }) => replay },
];
const SETTLED: readonly Column<Settled>[] = [
  ...KEY,
  { name: 'before', type: 'int', of: ({ before }) => before },
  { name: 'done', type: 'int', of: ({ done }) => done },
  { name: 'attempts', type: 'int', of: ({ attempts }) => attempts },
  { name: 'not_before', type: 'bigint', of: ({ notBefore }) => notBefore },
];
const matches = (alias: string): string =>
  `p.endpoint_id = ${alias}.endpoint_id and p.session_id = ${alias}.session_id and p.replay = ${alias}.replay`;
const SETTLE = numbered(`
with given as (
  select s.* from webhook_places p join ${unnest(SETTLED, 's')} on ${matches('s')}
  order by p.endpoint_id, p.session_id, p.replay for update of p
)
update webhook_places p set done = g.done, attempts = g.attempts, not_before = g.not_before
from given g where ${matches('g')} and p.done = g.before`);
const HURRY = 'update webhook_places set not_before = 0 where endpoint_id = $1 and done < up_to and not_before > 0';
const REMOVE_PLACES = numbered(`delete from webhook_places p using ${unnest(KEY, 'k')} where ${matches('k')}`);

const LOGGED: readonly Column<DeliveryRecord>[] = [
  { name: 'endpoint_id', type: 'text', of: ({ endpointId }) => endpointId },
  { name: 'id', type: 'uuid', of: ({ id }) => id },
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'outcome', type: 'text', of: ({ outcome }) => outcome },
  { name: 'document', type: 'json', of: (delivery) => JSON.stringify(delivery) },
];
/** Locked, so that a deletion under way takes them with it or comes first. */
const LOG = numbered(`
with given as materialized (
  select * from ${unnest(LOGGED, 'd')}
), kept as materialized (
  select id from sessions where id in (select session_id from given) order by id for key share
)
insert into webhook_deliveries (endpoint_id, id, session_id, at, outcome, document)
select d.endpoint_id, d.id, d.session_id, d.at, d.outcome, d.document from given d
join webhook_endpoints e on e.id = d.endpoint_id
where d.session_id is null or d.session_id in (select id from kept) on conflict do nothing`);
const DELIVERIES = `select d.document from webhook_deliveries d
where d.endpoint_id = $1 and d.id < $2 and ($3::text is null or d.outcome = $3) and d.at >= $4 and d.at < $5
order by d.id desc limit $6`;
const DELIVERY = 'select d.document from webhook_deliveries d where d.endpoint_id = $1 and d.id = $2';
const FORGET = `
with old as (
  select endpoint_id, id from webhook_deliveries where at < $1 order by at limit $2 for update skip locked
)
delete from webhook_deliveries d using old o where d.endpoint_id = o.endpoint_id and d.id = o.id returning 1`;
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export function webhooksOf(database: Database): Webhooks {
  return {
    async endpoints() {
      return (await database.query('webhook-endpoints', ENDPOINTS, [])).map(decodeEndpoint).toSorted(byAge);
    },

    async putEndpoint(endpoint) {
      checkEndpoint(endpoint);
      const [key, document] = [storable(endpoint.id), JSON.stringify(endpoint)];
      const rows =
        endpoint.version === 1
          ? await database.query('webhook-endpoint-new', INSERT_ENDPOINT, [key, document, JSON.stringify(NO_FAILURES)])
          : await database.query('webhook-endpoint-next', UPDATE_ENDPOINT, [key, endpoint.version, document]);
      return rows.length > 0;
    },

    async setHealth(endpointId, health) {
      await database.query('webhook-health', SET_HEALTH, [storable(endpointId), JSON.stringify(health)]);
    },

    async removeEndpoint(endpointId) {
      return (await database.query('webhook-endpoint-remove', REMOVE_ENDPOINT, [storable(endpointId)], 'long')).length > 0;
    },

    async follow(followed) {
      if (followed.length > 0) await database.query('webhook-follow', FOLLOW, parameters(FOLLOWED, followed));
    },

    async replay(replayed) {
      if (replayed.length > 0) await database.query('webhook-replay', REPLAY, parameters(REPLAYED, replayed));
    },

    async duePlaces(endpointId, now, limit) {
      return (await database.query('webhook-due', DUE, [storable(endpointId), now, limit])).map(decodePlace);
    },

    async countPending(endpointId, most) {
      const [row] = await database.query('webhook-pending', PENDING, [storable(endpointId), most]);
      return row === undefined ? 0 : decodeCount(row);
    },

    async settlePlaces(places) {
      if (places.length > 0) await database.query('webhook-settle', SETTLE, parameters(SETTLED, places));
    },

    async hurryPlaces(endpointId) {
      await database.query('webhook-hurry', HURRY, [storable(endpointId)], 'long');
    },

    async removePlaces(places) {
      if (places.length > 0) await database.query('webhook-places-remove', REMOVE_PLACES, parameters(KEY, places));
    },

    async logDeliveries(deliveries) {
      if (deliveries.length > 0) await database.query('webhook-log', LOG, parameters(LOGGED, deliveries));
    },

    async deliveries(endpointId, { outcome, from = 0, to = Number.MAX_SAFE_INTEGER }, limit, cursor) {
      const values = [storable(endpointId), deliveryPlace(cursor) ?? LAST, outcome ?? null, from, to, limit + 1];
      const rows = await database.query('webhook-deliveries', DELIVERIES, values, 'long');
      return deliveryPage(rows.map(decodeDelivery), limit);
    },

    async delivery(endpointId, deliveryId) {
      const place = deliveryPlace(deliveryId);
      const [row] = await database.query('webhook-delivery', DELIVERY, [storable(endpointId), place]);
      return row === undefined ? undefined : decodeDelivery(row);
    },

    async forgetDeliveries(before, limit) {
      return (await database.query('webhook-deliveries-forget', FORGET, [before, limit], 'long')).length;
    },
  };
}
