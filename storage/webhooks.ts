/**
 * Port of outgoing webhooks. It has the endpoints, how far each has followed each session, and what
 * became of each delivery. The entries themselves stay in the journal, so a receiver that is down
 * costs no copies of them (docs/decisions/0096-webhooks.md).
 *
 * Times are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 *
 * A session that is deleted takes its places and its deliveries with it (archive.ts).
 *
 * Invariant. `done` of a place that is no replay never falls, and `upTo` of one never does either.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import { checkedCursor } from '#storage/cursor.ts';
import type { Page } from '#storage/port.ts';

const time = z.int().nonnegative();
const id = z.string().min(1).max(100);

export const endpointSchema = z.strictObject({
  id,
  /** 1 for a new one, and one more with each change. */
  version: z.int().positive(),
  url: z.string().max(2_000),
  description: z.string().max(200),
  /** From when on each type of event is sent. */
  events: z.record(z.string().max(100), time),
  /** Null stands for all. */
  assistants: z.array(z.string().max(100)).max(50).nullable(),
  channels: z.array(z.string().max(100)).max(50).nullable(),
  /** The newest first. One with an end still signs until then. */
  secrets: z
    .array(z.strictObject({ value: z.string().max(200), until: time.nullable() }))
    .min(1)
    .max(5),
  disabled: z.strictObject({ at: time, reason: z.enum(['by_hand', 'gone', 'failing']), detail: z.string().max(500) }).nullable(),
  createdAt: time,
  createdBy: z.string().max(100),
});
export type StoredEndpoint = z.infer<typeof endpointSchema>;

/** How the receiver answered of late. Only the instance that sends writes it. */
export const healthSchema = z.strictObject({
  /** Failures since the last success, of any session. */
  failures: z.int().nonnegative(),
  /** When the first of them was. Null if the last attempt succeeded. */
  failingSince: time.nullable(),
  /** Nothing is sent before. */
  notBefore: time,
  lastSuccessAt: time.nullable(),
});
export type EndpointHealth = z.infer<typeof healthSchema>;

export const NO_FAILURES: EndpointHealth = { failures: 0, failingSince: null, notBefore: 0, lastSuccessAt: null };

export interface EndpointRecord {
  readonly endpoint: StoredEndpoint;
  readonly health: EndpointHealth;
}

/** What identifies a place. A replay runs beside what is new. */
export interface PlaceKey {
  readonly endpointId: string;
  readonly sessionId: SessionId;
  readonly replay: boolean;
}

/** How far an endpoint has followed a session. Entries after `done` up to `upTo` are to be sent. */
export interface Place extends PlaceKey {
  readonly done: number;
  readonly upTo: number;
  /** Failed attempts at the entry after `done`. */
  readonly attempts: number;
  readonly notBefore: number;
}

/** An endpoint is to follow a session up to an entry. */
export interface Followed {
  readonly endpointId: string;
  readonly sessionId: SessionId;
  readonly upTo: number;
}

/** Entries after `done` up to `upTo` are to be sent once more. */
export interface Replayed extends Followed {
  readonly done: number;
}

export const deliverySchema = z.strictObject({
  /** A UUID version 7, so that deliveries sort by time. */
  id: z.uuid(),
  endpointId: id,
  /** Null for a ping. */
  sessionId: z.uuid().transform(parseSessionId).nullable(),
  seq: z.int().nonnegative(),
  event: z.string().max(100),
  webhookId: z.string().max(200),
  at: time,
  attempt: z.int().positive(),
  replay: z.boolean(),
  outcome: z.enum(['delivered', 'failed']),
  /** Null if no answer came. */
  status: z.int().nullable(),
  /** Why it failed. */
  reason: z.string().max(500).nullable(),
  latencyMs: z.int().nonnegative(),
  /** The answer's first characters. */
  answer: z.string().max(1_000),
});
export type DeliveryRecord = z.output<typeof deliverySchema>;

export interface DeliveryFilter {
  readonly outcome?: DeliveryRecord['outcome'];
  /** From this time on. */
  readonly from?: number;
  /** Before this time. */
  readonly to?: number;
}

export interface Webhooks {
  /** All of them, the oldest first. There are few. */
  endpoints(): Promise<readonly EndpointRecord[]>;
  /** Stores version 1 or the next version. False if it has another version by now. */
  putEndpoint(endpoint: StoredEndpoint): Promise<boolean>;
  /** Nothing happens if it was removed. */
  setHealth(endpointId: string, health: EndpointHealth): Promise<void>;
  /** Deletes it with its places and deliveries. False if there is none. */
  removeEndpoint(endpointId: string): Promise<boolean>;

  /** Moves `upTo` of each place forward. A new place begins before the first entry. */
  follow(followed: readonly Followed[]): Promise<void>;
  /** Makes replays, or widens those that are under way. */
  replay(replayed: readonly Replayed[]): Promise<void>;
  /** Places with something to send whose time has come, the longest due first. */
  duePlaces(endpointId: string, now: number, limit: number): Promise<readonly Place[]>;
  /** Places with something to send, whenever that is. Counts to `most` at most. */
  countPending(endpointId: string, most: number): Promise<number>;
  /**
   * Stores how far each place is now. One whose `done` is not `before` any more stays as it is,
   * because a replay was widened meanwhile.
   */
  settlePlaces(places: readonly (Omit<Place, 'upTo'> & { readonly before: number })[]): Promise<void>;
  /** What waits for another attempt is due now. */
  hurryPlaces(endpointId: string): Promise<void>;
  /** For those of a session that was deleted at the moment at which they were made. */
  removePlaces(places: readonly PlaceKey[]): Promise<void>;

  /** What names a removed endpoint or a deleted session is left out. */
  logDeliveries(deliveries: readonly DeliveryRecord[]): Promise<void>;
  /** The newest first. */
  deliveries(endpointId: string, filter: DeliveryFilter, limit: number, cursor?: string): Promise<Page<DeliveryRecord>>;
  delivery(endpointId: string, deliveryId: string): Promise<DeliveryRecord | undefined>;
  /** Deletes up to `limit` deliveries from before `before`, the oldest first. Returns how many. */
  forgetDeliveries(before: number, limit: number): Promise<number>;
}

/** Throws `InvalidInput` on what no caller should have let through. */
export function checkEndpoint(endpoint: StoredEndpoint): void {
  const { success, error } = endpointSchema.safeParse(endpoint);
  if (!success) throw new InvalidInput(`The endpoint cannot be stored: ${z.prettifyError(error)}`);
}

/** The oldest first. */
export function byAge({ endpoint: a }: EndpointRecord, { endpoint: b }: EndpointRecord): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

/** Where a page of deliveries ended. Throws `InvalidInput`. */
export function deliveryPlace(cursor: string | undefined): string | undefined {
  return checkedCursor(z.uuid(), cursor);
}

export function deliveryPage(found: readonly DeliveryRecord[], limit: number): Page<DeliveryRecord> {
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

export function matchesDelivery({ outcome, from, to }: DeliveryFilter, delivery: DeliveryRecord): boolean {
  return (
    (outcome === undefined || delivery.outcome === outcome) &&
    (from === undefined || delivery.at >= from) &&
    (to === undefined || delivery.at < to)
  );
}
