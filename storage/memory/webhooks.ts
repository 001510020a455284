import type { SessionId } from '#machines/ids.ts';
import {
  byAge,
  checkEndpoint,
  type DeliveryRecord,
  deliveryPage,
  deliveryPlace,
  type EndpointRecord,
  matchesDelivery,
  NO_FAILURES,
  type Place,
  type PlaceKey,
  type Webhooks,
} from '#storage/webhooks.ts';

/**
 * Webhooks of a store in memory, with the same answers as PostgreSQL's.
 * @param isKept false for a session that was deleted.
 */
export function memoryWebhooks(isKept: (id: SessionId) => boolean): Webhooks & { forget(id: SessionId): void } {
  const endpoints = new Map<string, EndpointRecord>();
  const places = new Map<string, Place>();
  const log = new Map<string, DeliveryRecord>();
  const keyOf = ({ endpointId, sessionId, replay }: PlaceKey): string => `${endpointId} ${sessionId} ${replay}`;
  const pending = (endpointId: string): Place[] =>
    [...places.values()].filter((place) => place.endpointId === endpointId && place.done < place.upTo);
  const ofEndpoint = (endpointId: string): DeliveryRecord[] =>
    [...log.values()].filter((one) => one.endpointId === endpointId).toSorted((a, b) => (a.id < b.id ? 1 : -1));

  return {
    forget(id) {
      for (const [key, { sessionId }] of places) if (sessionId === id) places.delete(key);
      for (const [key, { sessionId }] of log) if (sessionId === id) log.delete(key);
    },

    async endpoints() {
      return structuredClone([...endpoints.values()].toSorted(byAge));
    },

    async putEndpoint(endpoint) {
      checkEndpoint(endpoint);
      const before = endpoints.get(endpoint.id);
      if ((before?.endpoint.version ?? 0) !== endpoint.version - 1) return false;
      endpoints.set(endpoint.id, structuredClone({ endpoint, health: before?.health ?? NO_FAILURES }));
      return true;
    },

    async setHealth(endpointId, health) {
      const before = endpoints.get(endpointId);
      if (before !== undefined) endpoints.set(endpointId, { ...before, health: { ...health } });
    },

    async removeEndpoint(endpointId) {
      for (const [key, place] of places) if (place.endpointId === endpointId) places.delete(key);
      for (const { id } of ofEndpoint(endpointId)) log.delete(id);
      return endpoints.delete(endpointId);
    },

    async follow(followed) {
      for (const { endpointId, sessionId, upTo } of followed) {
        const key = { endpointId, sessionId, replay: false };
        const before = places.get(keyOf(key)) ?? { ...key, done: 0, upTo: 0, attempts: 0, notBefore: 0 };
        if (upTo > before.upTo) places.set(keyOf(key), { ...before, upTo });
      }
    },

    async replay(replayed) {
      for (const { endpointId, sessionId, done, upTo } of replayed) {
        const key = { endpointId, sessionId, replay: true };
        const before = places.get(keyOf(key));
        const widened = before !== undefined && before.done < before.upTo;
        const range = widened ? { done: Math.min(before.done, done), upTo: Math.max(before.upTo, upTo) } : { done, upTo };
        places.set(keyOf(key), { ...key, ...range, attempts: 0, notBefore: 0 });
      }
    },

    async duePlaces(endpointId, now, limit) {
      const due = pending(endpointId).filter(({ notBefore }) => notBefore <= now);
      return due.toSorted((a, b) => a.notBefore - b.notBefore || (keyOf(a) < keyOf(b) ? -1 : 1)).slice(0, limit);
    },

    async countPending(endpointId, most) {
      return Math.min(pending(endpointId).length, most);
    },

    async settlePlaces(settled) {
      for (const { before, ...place } of settled) {
        const kept = places.get(keyOf(place));
        if (kept?.done === before) places.set(keyOf(place), { ...place, upTo: kept.upTo });
      }
    },

    async hurryPlaces(endpointId) {
      for (const place of pending(endpointId)) places.set(keyOf(place), { ...place, notBefore: 0 });
    },

    async removePlaces(keys) {
      for (const key of keys) places.delete(keyOf(key));
    },

    async logDeliveries(deliveries) {
      for (const delivery of deliveries) {
        const { id, endpointId, sessionId } = delivery;
        if (endpoints.has(endpointId) && (sessionId === null || isKept(sessionId))) log.set(id, structuredClone(delivery));
      }
    },

    async deliveries(endpointId, filter, limit, cursor) {
      const place = deliveryPlace(cursor);
      const found = ofEndpoint(endpointId).filter((one) => matchesDelivery(filter, one) && (place === undefined || one.id < place));
      return deliveryPage(structuredClone(found.slice(0, limit + 1)), limit);
    },

    async delivery(endpointId, deliveryId) {
      const found = log.get(deliveryId);
      return found?.endpointId === endpointId ? structuredClone(found) : undefined;
    },

    async forgetDeliveries(before, limit) {
      const old = [...log.values()]
        .filter(({ at }) => at < before)
        .toSorted((a, b) => a.at - b.at)
        .slice(0, limit);
      for (const { id } of old) log.delete(id);
      return old.length;
    },
  };
}
