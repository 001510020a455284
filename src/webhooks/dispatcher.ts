/**
 * The dispatcher sends what the places of endpoints have left to send. One instance at a time runs
 * it, under a leader lease.
 *
 * Owns the order of requests, retries, and disabling an endpoint. Does not own which places there
 * are (follow.ts), one request (delivery.ts), when to try again (schedule.ts).
 *
 * Invariants, with their tests in `test/src/webhooks/dispatcher.test.ts`
 * 1. The events of one session reach an endpoint in the order of the journal. The next one is sent
 *    once the one before was received or given up.
 * 2. A place moves past an entry only after the endpoint received its events, or after the last of
 *    all attempts. A crash between receipt and move makes the next instance send them again.
 * 3. A receiver that is down gets one request at a time. What waits for it is not given up.
 */
import type { Clock } from '#machines/clock.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import {
  type EndpointHealth,
  type EndpointRecord,
  NO_FAILURES,
  type Place,
  type StoredEndpoint,
  type Webhooks,
} from '#storage/webhooks.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type Attempted, attemptDelivery } from './delivery.ts';
import { eventsOf, type WebhookEvent, webhookIdOf } from './events.ts';
import type { KnownEndpoints } from './known-endpoints.ts';
import { DOWN_AFTER, GIVE_UP_AFTER, probeWait, retryAfter, waitAfter } from './schedule.ts';
import type { Answer, Sender } from './send.ts';

export interface DispatcherOptions {
  readonly webhooks: Webhooks;
  readonly store: Pick<Store, 'load' | 'journal'>;
  readonly known: KnownEndpoints;
  readonly sender: Pick<Sender, 'send'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'webhook'>;
  readonly onError: (where: string, error: unknown) => void;
  /** The endpoint is disabled now. */
  readonly onDisabled: (endpoint: StoredEndpoint) => void;
  /** From 0 to 1. Default is `Math.random`. It spreads what failed together. */
  readonly random?: () => number;
}

/** Between two reads of places that other instances moved, in milliseconds. */
const POLL_MS = 1_000;
/** Sessions of one endpoint that are sent at the same time. */
const CONCURRENCY = 8;
/** Entries in one read of a journal. */
const PAGE = 100;
/** Requests for one place before another gets its turn. */
const TURN = 32;
/** Between two notes that all is well, in milliseconds. */
const SUCCESS_NOTED_MS = 60_000;

export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** As this instance found them since it began to send. */
  readonly #healths = new Map<string, EndpointHealth & { readonly version: number }>();
  readonly #inFlight = new Map<string, Map<string, Promise<void>>>();
  #wakes = (): void => {};
  #woken = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** There may be something to send. */
  wake(): void {
    this.#woken = true;
    this.#wakes();
  }

  /** Sends until `signal` is aborted. Only one instance may run it. */
  async run(signal: AbortSignal): Promise<void> {
    const { known, onError } = this.#options;
    this.#healths.clear();
    await known.refresh().catch((error: unknown) => onError('reading the endpoints of webhooks', error));
    while (!signal.aborted) {
      await this.#round(signal).catch((error: unknown) => onError('sending webhooks', error));
      await this.#rest(signal);
    }
    await Promise.all([...this.#inFlight.values()].flatMap((tasks) => [...tasks.values()]));
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { webhooks, known, clock } = this.#options;
    for (const { endpoint, health: stored } of known.records) {
      const health = this.#healthOf({ endpoint, health: stored });
      const now = clock.now();
      if (endpoint.disabled !== null || now < health.notBefore) continue;
      const tasks = this.#inFlight.get(endpoint.id) ?? new Map<string, Promise<void>>();
      this.#inFlight.set(endpoint.id, tasks);
      const room = (health.failures >= DOWN_AFTER ? 1 : CONCURRENCY) - tasks.size;
      if (room <= 0) continue;
      const due = await webhooks.duePlaces(endpoint.id, now, CONCURRENCY + tasks.size);
      for (const place of due.filter((one) => !tasks.has(nameOf(one))).slice(0, room)) {
        const task = this.#sendPlace(place, signal)
          .catch((error: unknown) => this.#options.onError('sending a webhook', error))
          .finally(() => {
            tasks.delete(nameOf(place));
            this.wake();
          });
        tasks.set(nameOf(place), task);
      }
    }
  }

  /** Until something may have changed. */
  #rest(signal: AbortSignal): Promise<void> {
    if (this.#woken || signal.aborted) {
      this.#woken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        this.#wakes = () => {};
        this.#woken = false;
        resolve();
      };
      const cancel = this.#options.clock.after(POLL_MS, end);
      signal.addEventListener('abort', end, { once: true });
      this.#wakes = end;
    });
  }

  async #sendPlace(place: Place, signal: AbortSignal): Promise<void> {
    const { webhooks, store, clock } = this.#options;
    const row = await store.load({ id: place.sessionId });
    let { done, attempts } = place;
    // The session was deleted, and there is nothing left to send of it.
    if (row === undefined) return webhooks.removePlaces([place]);
    for (let requests = 0; requests < TURN; ) {
      const entries = (await store.journal(row.id, done, PAGE)).filter(({ seq }) => seq <= place.upTo);
      for (const entry of entries) {
        for (const event of eventsOf(entry, row)) {
          const endpoint = this.#endpoint(place.endpointId);
          const since = endpoint?.events[event.type];
          if (endpoint === undefined || endpoint.disabled !== null || signal.aborted) {
            return this.#settle(place, { done, attempts, notBefore: place.notBefore });
          }
          if (since === undefined || (!place.replay && entry.at < since)) continue;
          requests += 1;
          const isReceived = await this.#sendEvent({ endpoint, row, event, seq: entry.seq, attempts, done, place }, signal);
          if (!isReceived) return;
          attempts = 0;
        }
        done = entry.seq;
        if (requests >= TURN) break;
      }
      if (entries.length < PAGE && done === (entries.at(-1)?.seq ?? done)) done = place.upTo;
      if (done >= place.upTo) break;
    }
    await this.#settle(place, { done, attempts: 0, notBefore: clock.now() });
  }

  /** Resolves to false if the place has to wait, which is stored then. */
  async #sendEvent(sent: SentEvent, signal: AbortSignal): Promise<boolean> {
    const { webhooks, sender, clock, metrics } = this.#options;
    const { endpoint, row, event, seq, attempts, done, place } = sent;
    const attempt = {
      endpoint,
      sessionId: row.id,
      seq,
      event: event.type,
      webhookId: webhookIdOf(row.id, seq, event.type),
      body: event.body,
      attempt: attempts + 1,
      replay: place.replay,
    };
    const attempted = await attemptDelivery(sender, attempt, () => clock.now(), signal);
    const { answer, record } = attempted;
    if (answer.reason !== null && signal.aborted) {
      // Cut off by a stop. The next instance sends it.
      await this.#settle(place, { done, attempts, notBefore: place.notBefore });
      return false;
    }
    metrics.webhook(record.outcome, answer.latencyMs);
    if (answer.reason === null) {
      await webhooks.logDeliveries([record]);
      await this.#succeeded(endpoint);
      return true;
    }
    return this.#failed(sent, attempted);
  }

  async #failed({ endpoint, seq, attempts, done, place }: SentEvent, { answer, record }: Attempted): Promise<boolean> {
    const { webhooks, clock, random = Math.random } = this.#options;
    const now = clock.now();
    const before = this.#healths.get(endpoint.id) ?? NO_FAILURES;
    const failures = before.failures + 1;
    const failingSince = before.failingSince ?? now;
    const isDown = failures >= DOWN_AFTER;
    const wanted = retryAfter(answer.retryAfter, now);
    const pause = Math.max(isDown ? probeWait(failures) : 0, wanted ?? 0);
    await this.#setHealth(endpoint, { ...before, failures, failingSince, notBefore: now + pause });

    // While the receiver as a whole is down or asks for a pause, that is no fault of this event.
    const counts = before.failures < DOWN_AFTER && wanted === undefined;
    const wait = counts ? waitAfter(attempts + 1) : pause;
    const givenUp = wait === undefined;
    await webhooks.logDeliveries([givenUp ? { ...record, reason: `${record.reason}, given up after ${attempts + 1} attempts` } : record]);
    if (givenUp) await this.#settle(place, { done: seq, attempts: 0, notBefore: now });
    else {
      const notBefore = counts ? now + wait * (1 + random() / 10) : place.notBefore;
      await this.#settle(place, { done, attempts: counts ? attempts + 1 : attempts, notBefore });
    }
    if (answer.status === 410) await this.#disable(endpoint, 'gone', answer);
    else if (now - failingSince >= GIVE_UP_AFTER) await this.#disable(endpoint, 'failing', answer);
    return false;
  }

  async #succeeded(endpoint: StoredEndpoint): Promise<void> {
    const before = this.#healths.get(endpoint.id) ?? NO_FAILURES;
    const now = this.#options.clock.now();
    const isNews = before.failingSince !== null || now - (before.lastSuccessAt ?? 0) >= SUCCESS_NOTED_MS;
    if (isNews) await this.#setHealth(endpoint, { ...NO_FAILURES, lastSuccessAt: now });
  }

  /** What this instance found out. A change of the endpoint by an admin begins anew. */
  #healthOf({ endpoint: { id, version }, health }: EndpointRecord): EndpointHealth {
    const mine = this.#healths.get(id);
    if (mine?.version === version) return mine;
    this.#healths.set(id, { ...health, version });
    return health;
  }

  async #setHealth({ id, version }: StoredEndpoint, health: EndpointHealth): Promise<void> {
    const { failures, failingSince, notBefore, lastSuccessAt } = health;
    const stored = { failures, failingSince, notBefore, lastSuccessAt };
    this.#healths.set(id, { ...stored, version });
    await this.#options.webhooks.setHealth(id, stored);
  }

  async #disable(endpoint: StoredEndpoint, reason: 'gone' | 'failing', { reason: detail }: Answer): Promise<void> {
    const { webhooks, known, clock, onDisabled } = this.#options;
    const disabled = { at: clock.now(), reason, detail: detail ?? '' };
    const next = { ...endpoint, version: endpoint.version + 1, disabled };
    const isStored = await webhooks.putEndpoint(next);
    await known.refresh();
    // If an admin changed it at the same moment, the next failure disables it.
    if (isStored) onDisabled(next);
  }

  async #settle(place: Place, now: Pick<Place, 'done' | 'attempts' | 'notBefore'>): Promise<void> {
    const { endpointId, sessionId, replay, done: before } = place;
    await this.#options.webhooks.settlePlaces([{ endpointId, sessionId, replay, ...now, before }]);
  }

  #endpoint(id: string): StoredEndpoint | undefined {
    return this.#options.known.records.find(({ endpoint }) => endpoint.id === id)?.endpoint;
  }
}

interface SentEvent {
  readonly endpoint: StoredEndpoint;
  readonly row: SessionRow;
  readonly event: WebhookEvent;
  readonly seq: number;
  readonly attempts: number;
  /** Seq up to which the receiver has everything. */
  readonly done: number;
  /** As it is stored. */
  readonly place: Place;
}

function nameOf({ sessionId, replay }: Pick<Place, 'sessionId' | 'replay'>): string {
  return `${sessionId} ${replay}`;
}
