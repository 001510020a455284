/** What admins do with the endpoints of webhooks. */
import { randomUUID } from 'node:crypto';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import { type EndpointRecord, NO_FAILURES, type Replayed, type StoredEndpoint, type Webhooks } from '#storage/webhooks.ts';
import { PING } from '../operations/webhook-events.ts';
import type { EndpointChanges, WebhookAdmin, WebhookEndpoint } from '../operations/webhook-port.ts';
import type { AddressGuard } from './address-guard.ts';
import { attemptDelivery } from './delivery.ts';
import type { KnownEndpoints } from './known-endpoints.ts';
import type { Sender } from './send.ts';
import { newSecret } from './signature.ts';

export interface ManageOptions {
  readonly webhooks: Webhooks;
  readonly known: KnownEndpoints;
  readonly guard: AddressGuard;
  readonly sender: Pick<Sender, 'send'>;
  readonly now: () => number;
  /** There may be something to send. */
  readonly wake: () => void;
}

const MOST_ENDPOINTS = 50;
const MOST_WAITING = 1_000;
const LOG_PAGE = 500;
/** Secrets that still sign, of which the oldest gives way. */
const MOST_SECRETS = 3;

export function webhookAdmin({ webhooks, known, guard, sender, now, wake }: ManageOptions): WebhookAdmin {
  const find = async (id: string): Promise<EndpointRecord | undefined> =>
    (await webhooks.endpoints()).find(({ endpoint }) => endpoint.id === id);

  async function store(endpoint: StoredEndpoint): Promise<WebhookEndpoint | 'changed'> {
    if (!(await webhooks.putEndpoint(endpoint))) return 'changed';
    await known.refresh();
    wake();
    const record = await find(endpoint.id);
    return record === undefined ? 'changed' : view(record);
  }

  async function view({ endpoint, health }: EndpointRecord): Promise<WebhookEndpoint> {
    const { secrets, events, ...rest } = endpoint;
    const old = secrets.filter(({ until }) => until !== null && until > now());
    const oldSecretUntil = old.reduce<number | null>((latest, { until }) => Math.max(latest ?? 0, until ?? 0), null);
    return {
      ...rest,
      events: Object.keys(events),
      oldSecretUntil,
      health,
      waiting: await webhooks.countPending(endpoint.id, MOST_WAITING),
    };
  }

  function checkedUrl(text: string): string {
    const url = URL.parse(text);
    const refusal = url === null ? 'it is no URL' : guard.refusal(url);
    if (url === null || refusal !== undefined) throw new InvalidInput(`The URL cannot be used, because ${refusal}.`);
    return url.href;
  }

  function changed(before: StoredEndpoint, { url, events, disabled, missed, ...rest }: EndpointChanges): StoredEndpoint {
    const at = now();
    const isNew = disabled === false && missed === 'skip';
    // A filter that lets more sessions in must not bring their past.
    const isRefiltered = rest.assistants !== undefined || rest.channels !== undefined;
    const wanted = events ?? Object.keys(before.events);
    return {
      ...before,
      ...(rest.description === undefined ? {} : { description: rest.description }),
      ...(rest.assistants === undefined ? {} : { assistants: copied(rest.assistants) }),
      ...(rest.channels === undefined ? {} : { channels: copied(rest.channels) }),
      url: url === undefined ? before.url : checkedUrl(url),
      events: Object.fromEntries(wanted.map((type) => [type, isNew || isRefiltered ? at : (before.events[type] ?? at)])),
      disabled:
        disabled === undefined ? before.disabled : disabled ? (before.disabled ?? { at, reason: 'by_hand' as const, detail: '' }) : null,
      version: before.version + 1,
    };
  }

  return {
    async list() {
      return Promise.all((await webhooks.endpoints()).map(view));
    },

    async create({ url, description, events, assistants, channels }, createdBy) {
      if ((await webhooks.endpoints()).length >= MOST_ENDPOINTS) return undefined;
      const at = now();
      const secret = newSecret();
      const stored = await store({
        id: randomUUID(),
        version: 1,
        url: checkedUrl(url),
        description,
        events: Object.fromEntries(events.map((type) => [type, at])),
        assistants: copied(assistants),
        channels: copied(channels),
        secrets: [{ value: secret, until: null }],
        disabled: null,
        createdAt: at,
        createdBy,
      });
      // Nobody can change an endpoint before its id is known, so only the store can fail it.
      if (stored === 'changed') throw new Unavailable('The endpoint could not be stored. Try again.');
      return { endpoint: stored, secret };
    },

    async update(id, version, changes) {
      const before = await find(id);
      if (before === undefined) return undefined;
      if (before.endpoint.version !== version) return 'changed';
      const after = changed(before.endpoint, changes);
      if (changes.disabled === false || after.url !== before.endpoint.url) {
        // First, so that the instance that sends finds it with the new version.
        await webhooks.setHealth(id, { ...NO_FAILURES, lastSuccessAt: before.health.lastSuccessAt });
        await webhooks.hurryPlaces(id);
      }
      return store(after);
    },

    async rotate(id, overlapMs) {
      const before = await find(id);
      if (before === undefined) return undefined;
      const secret = newSecret();
      const until = now() + overlapMs;
      const old = before.endpoint.secrets
        .map((one) => ({ value: one.value, until: Math.min(one.until ?? until, until) }))
        .filter((one) => one.until > now());
      const secrets = [{ value: secret, until: null }, ...old].slice(0, MOST_SECRETS);
      const endpoint = await store({ ...before.endpoint, secrets, version: before.endpoint.version + 1 });
      return endpoint === 'changed' ? endpoint : { endpoint, secret };
    },

    async remove(id) {
      const removed = await webhooks.removeEndpoint(id);
      await known.refresh();
      return removed;
    },

    async ping(id) {
      const found = await find(id);
      if (found === undefined) return undefined;
      const { endpoint } = found;
      const body = { type: PING, timestamp: new Date(now()).toISOString(), data: { endpointId: id } };
      const facts = { endpoint, sessionId: null, seq: 0, event: PING, webhookId: `evt_ping_${randomUUID()}`, body };
      // `send` has a time limit of its own, and nothing else ends it.
      const { record } = await attemptDelivery(sender, { ...facts, attempt: 1, replay: false }, now, new AbortController().signal);
      await webhooks.logDeliveries([record]);
      return record;
    },

    async deliveries(id, filter, limit, cursor) {
      return (await find(id)) === undefined ? undefined : webhooks.deliveries(id, filter, limit, cursor);
    },

    async replay(id, deliveryId) {
      const delivery = await webhooks.delivery(id, deliveryId);
      if (delivery === undefined || delivery.sessionId === null) return false;
      const { sessionId, seq } = delivery;
      await webhooks.replay([{ endpointId: id, sessionId, done: seq - 1, upTo: seq }]);
      wake();
      return true;
    },

    async replayRange(id, range, most) {
      const ranges = new Map<SessionId, { done: number; upTo: number }>();
      const events = new Set<string>();
      for (let cursor: string | undefined; ; ) {
        const page = await webhooks.deliveries(id, range, LOG_PAGE, cursor);
        for (const { sessionId, seq, webhookId } of page.items) {
          if (sessionId === null) continue;
          events.add(webhookId);
          const { done, upTo } = ranges.get(sessionId) ?? { done: seq - 1, upTo: seq };
          ranges.set(sessionId, { done: Math.min(done, seq - 1), upTo: Math.max(upTo, seq) });
        }
        if (events.size > most) return undefined;
        if (page.next === null) break;
        cursor = page.next;
      }
      const replayed: Replayed[] = [...ranges].map(([sessionId, places]) => ({ endpointId: id, sessionId, ...places }));
      await webhooks.replay(replayed);
      wake();
      return events.size;
    },
  };
}

function copied(list: readonly string[] | null): string[] | null {
  return list === null ? null : [...list];
}
