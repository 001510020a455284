/**
 * Webhooks in Redis. The endpoints are in one slot of a cluster. The places and deliveries of each
 * are in a slot of its own, and each change of them is one script call.
 *
 * Weaker than PostgreSQL. What an endpoint has of a session is deleted right after the session and
 * not in the same step, so a delivery that is logged at that moment stays for the retention.
 */
import * as z from 'zod';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts, reading } from '#storage/redis/decode.ts';
import { sessionKeys, WEBHOOK_KEYS, webhookKeys } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import type { Whereabouts } from '#storage/redis/whereabouts.ts';
import {
  byAge,
  checkEndpoint,
  type DeliveryRecord,
  deliveryPage,
  deliveryPlace,
  deliverySchema,
  type EndpointRecord,
  endpointSchema,
  healthSchema,
  matchesDelivery,
  NO_FAILURES,
  type Place,
  type PlaceKey,
  type Webhooks,
} from '#storage/webhooks.ts';

/** Fields read at once where all are read. */
const PAGE = 500;

export function webhooksOf(connection: Connection, whereabouts: Pick<Whereabouts, 'find'>): Webhooks {
  const isKept = async (id: SessionId): Promise<boolean> => {
    const address = await whereabouts.find(id);
    return address !== undefined && decodeCount(await connection.call('exists', sessionKeys(address, id).row)) > 0;
  };
  const placesAt = async (endpointId: string, fields: readonly string[]): Promise<Place[]> => {
    if (fields.length === 0) return [];
    const texts = nullableTexts(await connection.call('hmget', webhookKeys(endpointId).places, ...fields));
    return fields.flatMap((field, index) => decodePlace(endpointId, field, texts[index]) ?? []);
  };
  const deliveriesAt = async (endpointId: string, ids: readonly string[]): Promise<DeliveryRecord[]> => {
    if (ids.length === 0) return [];
    const texts = nullableTexts(await connection.call('hmget', webhookKeys(endpointId).log, ...ids));
    return texts.flatMap((text) => (text === null ? [] : [decodeDelivery(text)]));
  };

  return {
    async endpoints() {
      const [documents, healths] = await Promise.all([
        connection.call('hvals', WEBHOOK_KEYS.endpoints),
        connection.call('hgetall', WEBHOOK_KEYS.health),
      ]);
      const healthOf = z.record(z.string(), z.string()).parse(healths);
      return decodeTexts(documents)
        .map((text): EndpointRecord => {
          const endpoint = reading('webhook endpoint', () => endpointSchema.parse(JSON.parse(text)));
          const kept = healthOf[endpoint.id];
          const health = kept === undefined ? NO_FAILURES : reading('webhook health', () => healthSchema.parse(JSON.parse(kept)));
          return { endpoint, health };
        })
        .toSorted(byAge);
    },

    async putEndpoint(endpoint) {
      checkEndpoint(endpoint);
      const args = [endpoint.id, endpoint.version, JSON.stringify(endpoint)];
      return decodeCount(await connection.run(SCRIPTS.putWebhookEndpoint, [WEBHOOK_KEYS.endpoints], args)) > 0;
    },

    async setHealth(endpointId, health) {
      if (decodeCount(await connection.call('hexists', WEBHOOK_KEYS.endpoints, endpointId)) === 0) return;
      await connection.call('hset', WEBHOOK_KEYS.health, endpointId, JSON.stringify(health));
    },

    async removeEndpoint(endpointId) {
      const removed = decodeCount(await connection.call('hdel', WEBHOOK_KEYS.endpoints, endpointId)) > 0;
      await connection.call('hdel', WEBHOOK_KEYS.health, endpointId);
      await connection.call('del', ...Object.values(webhookKeys(endpointId)));
      return removed;
    },

    async follow(followed) {
      for (const [endpointId, group] of byEndpoint(followed)) {
        const { places, due } = webhookKeys(endpointId);
        const args = group.flatMap(({ sessionId, upTo }) => [fieldOf({ sessionId, replay: false }), 'new', 0, upTo]);
        await connection.run(SCRIPTS.followWebhooks, [places, due], args);
      }
    },

    async replay(replayed) {
      for (const [endpointId, group] of byEndpoint(replayed)) {
        const { places, due } = webhookKeys(endpointId);
        const args = group.flatMap(({ sessionId, done, upTo }) => [fieldOf({ sessionId, replay: true }), 'replay', done, upTo]);
        await connection.run(SCRIPTS.followWebhooks, [places, due], args);
      }
    },

    async duePlaces(endpointId, now, limit) {
      const range = ['-inf', now, 'byscore', 'limit', 0, limit];
      return placesAt(endpointId, decodeTexts(await connection.call('zrange', webhookKeys(endpointId).due, ...range)));
    },

    async countPending(endpointId, most) {
      return Math.min(decodeCount(await connection.call('zcard', webhookKeys(endpointId).due)), most);
    },

    async settlePlaces(settled) {
      for (const [endpointId, group] of byEndpoint(settled)) {
        const { places, due } = webhookKeys(endpointId);
        const args = group.flatMap((place) => [fieldOf(place), place.before, place.done, place.attempts, Math.floor(place.notBefore)]);
        await connection.run(SCRIPTS.settleWebhooks, [places, due], args);
      }
    },

    async hurryPlaces(endpointId) {
      const { places, due } = webhookKeys(endpointId);
      const fields = decodeTexts(await connection.call('zrange', due, '(0', '+inf', 'byscore'));
      for (let index = 0; index < fields.length; index += PAGE) {
        const page = await placesAt(endpointId, fields.slice(index, index + PAGE));
        const args = page.flatMap((place) => [fieldOf(place), place.done, place.done, place.attempts, 0]);
        if (args.length > 0) await connection.run(SCRIPTS.settleWebhooks, [places, due], args);
      }
    },

    async removePlaces(keys) {
      for (const [endpointId, group] of byEndpoint(keys)) {
        const { places, due } = webhookKeys(endpointId);
        const fields = group.map(fieldOf);
        await connection.call('zrem', due, ...fields);
        await connection.call('hdel', places, ...fields);
      }
    },

    async logDeliveries(deliveries) {
      for (const [endpointId, group] of byEndpoint(deliveries)) {
        if (decodeCount(await connection.call('hexists', WEBHOOK_KEYS.endpoints, endpointId)) === 0) continue;
        const { log, order, bySession } = webhookKeys(endpointId);
        const kept = await Promise.all(group.map(({ sessionId }) => sessionId === null || isKept(sessionId)));
        const args = group
          .filter((_, index) => kept[index])
          .flatMap((delivery) => [delivery.id, JSON.stringify(delivery), memberOf(delivery)]);
        await connection.run(SCRIPTS.logWebhooks, [log, order, bySession], args);
      }
    },

    async deliveries(endpointId, filter, limit, cursor) {
      const { order } = webhookKeys(endpointId);
      const found: DeliveryRecord[] = [];
      for (let last = deliveryPlace(cursor); found.length <= limit; ) {
        const range = [last === undefined ? '+' : `(${last}`, '-', 'bylex', 'rev', 'limit', 0, PAGE];
        const ids = decodeTexts(await connection.call('zrange', order, ...range));
        found.push(...(await deliveriesAt(endpointId, ids)).filter((delivery) => matchesDelivery(filter, delivery)));
        if (ids.length < PAGE) break;
        last = ids.at(-1);
      }
      return deliveryPage(found.slice(0, limit + 1), limit);
    },

    async delivery(endpointId, deliveryId) {
      return (await deliveriesAt(endpointId, [deliveryId]))[0];
    },

    async forgetDeliveries(before, limit) {
      let forgotten = 0;
      for (const endpointId of await endpointIds(connection)) {
        const { log, order, bySession } = webhookKeys(endpointId);
        const args = [before, limit - forgotten];
        forgotten += decodeCount(await connection.run(SCRIPTS.forgetWebhooks, [log, order, bySession], args));
        if (forgotten === limit) break;
      }
      return forgotten;
    },
  };
}

/** Deletes the places and deliveries of a session that was deleted. */
export async function forgetFollowed(connection: Connection, sessionId: SessionId): Promise<void> {
  for (const endpointId of await endpointIds(connection)) {
    const { places, due, log, order, bySession } = webhookKeys(endpointId);
    const fields = [false, true].map((replay) => fieldOf({ sessionId, replay }));
    await connection.run(SCRIPTS.forgetWebhooksOf, [places, due, log, order, bySession], [sessionId, ...fields]);
  }
}

async function endpointIds(connection: Connection): Promise<string[]> {
  return decodeTexts(await connection.call('hkeys', WEBHOOK_KEYS.endpoints));
}

/** Member of `bySession`. */
function memberOf({ id, sessionId }: Pick<DeliveryRecord, 'id' | 'sessionId'>): string {
  return `${sessionId ?? ''} ${id}`;
}

function byEndpoint<T extends { readonly endpointId: string }>(all: readonly T[]): Map<string, T[]> {
  return Map.groupBy(all, ({ endpointId }) => endpointId);
}

/** The field of a place. Fields sort by session, and its replay comes last. */
function fieldOf({ sessionId, replay }: Pick<PlaceKey, 'sessionId' | 'replay'>): string {
  return `${sessionId} ${replay ? 1 : 0}`;
}

const field = z.tuple([z.string().transform(parseSessionId), z.enum(['0', '1'])]);
const numbers = z.tuple([z.coerce.number(), z.coerce.number(), z.coerce.number(), z.coerce.number()]);

function decodePlace(endpointId: string, name: string, text: string | null | undefined): Place | undefined {
  if (text === null || text === undefined) return undefined;
  return reading('webhook place', () => {
    const [sessionId, replay] = field.parse(name.split(' '));
    const [done, upTo, attempts, notBefore] = numbers.parse(text.split(' '));
    return { endpointId, sessionId, replay: replay === '1', done, upTo, attempts, notBefore };
  });
}

function decodeDelivery(text: string): DeliveryRecord {
  return reading('webhook delivery', () => deliverySchema.parse(JSON.parse(text)));
}

function nullableTexts(reply: unknown): (string | null)[] {
  return z.array(z.string().nullable()).parse(reply);
}
