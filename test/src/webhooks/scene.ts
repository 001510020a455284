/** The dispatcher over a store in memory, with a clock that the test moves and real requests. */
import type { LookupFunction } from 'node:net';
import { afterEach } from 'vitest';
import { parseAddress } from '#machines/ids.ts';
import { addressGuard } from '#src/webhooks/address-guard.ts';
import { Dispatcher } from '#src/webhooks/dispatcher.ts';
import { KnownEndpoints } from '#src/webhooks/known-endpoints.ts';
import { webhookAdmin } from '#src/webhooks/manage.ts';
import { createSender, type Sender } from '#src/webhooks/send.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { SessionRow } from '#storage/port.ts';
import type { StoredEndpoint } from '#storage/webhooks.ts';
import { TestClock } from '#test/channels/telegram/test-clock.ts';
import { newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export interface SceneOptions {
  readonly lookup?: LookupFunction;
  readonly internal?: (address: string) => boolean;
  readonly timeoutMs?: number;
  /**
   * How long ago the clock of the scene begins, in milliseconds. Signatures are verified against
   * the real time.
   */
  readonly agoMs?: number;
  readonly sender?: Pick<Sender, 'send'>;
}

/** Call it at the top of a file. What it opens is closed after each test. */
export function scenes() {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  return {
    receiverAt: async (host?: string, port?: number): Promise<Receiver> => {
      const receiver = await startReceiver(host, port);
      ends.push(() => receiver.close());
      return receiver;
    },
    openScene: (options?: SceneOptions) => openScene(options ?? {}, (end) => void ends.push(end)),
  };
}

async function openScene(options: SceneOptions, onEnd: (end: () => Promise<unknown>) => void) {
  const lifecycle = createMemoryStore();
  const { store, webhooks } = lifecycle;
  const clock = new TestClock({ automatic: false, start: Date.now() - (options.agoMs ?? 0) });
  const now = (): number => clock.now();
  const errors: unknown[] = [];
  const onError = (_where: string, error: unknown): void => void errors.push(error);
  const known = new KnownEndpoints({ webhooks, clock, onError });
  await known.start();
  const guard = addressGuard({ allowPrivate: options.internal === undefined, needsHttps: false, ...options });
  const real = createSender({ guard, timeoutMs: options.timeoutMs ?? 5_000, userAgent: 'Statechat/test' });
  let inFlight = 0;
  const sender: Pick<Sender, 'send'> = {
    send: async (...parts) => {
      inFlight += 1;
      return (options.sender ?? real).send(...parts).finally(() => {
        inFlight -= 1;
      });
    },
  };
  const disabled: StoredEndpoint[] = [];
  const openDispatcher = (): Dispatcher =>
    new Dispatcher({
      webhooks,
      store,
      known,
      sender,
      clock,
      metrics: { webhook: () => {} },
      onError,
      onDisabled: (endpoint) => void disabled.push(endpoint),
      random: () => 0,
    });
  let dispatcher = openDispatcher();
  let stop = (): Promise<void> => Promise.resolve();
  const start = (): void => {
    const stopping = new AbortController();
    const running = dispatcher.run(stopping.signal);
    stop = async () => {
      stopping.abort();
      await running;
    };
  };
  onEnd(async () => {
    await stop();
    known.stop();
    real.close();
  });

  /** Until nothing is under way. */
  const idle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 8; quiet = inFlight > 0 ? 0 : quiet + 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const rows = new Map<string, SessionRow>();

  return {
    lifecycle,
    clock,
    errors,
    disabled,
    admin: webhookAdmin({ webhooks, known, guard, sender, now, wake: () => dispatcher.wake() }),
    start,
    /** Stops, and goes on as another instance would. */
    restart: async () => {
      await stop();
      dispatcher = openDispatcher();
      start();
      await idle();
    },
    idle,
    /** Moves the clock in steps, and waits after each for what it began. */
    advance: async (ms: number, step = 1_000) => {
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(Math.min(step, ms - passed));
        await idle();
      }
    },
    /** Commits a message of a customer, and moves the places as the turn's work does. */
    say: async (peer: string, text: string, endpointIds: readonly string[]): Promise<SessionRow> => {
      const before = rows.get(peer) ?? newSession({ address: parseAddress(`web:default:${peer}`), openedAt: now() });
      const turn = turnOn(before, { journal: [{ at: now(), text, payload: { event: { id: `${peer}-${text}` } } }] });
      const [result] = await store.commit([turn], 'test', 0);
      if (result?.ok !== true) throw new Error(`not committed: ${JSON.stringify(result)}`);
      const row = turn.session;
      rows.set(peer, row);
      await webhooks.follow(endpointIds.map((endpointId) => ({ endpointId, sessionId: row.id, upTo: row.version })));
      dispatcher.wake();
      return row;
    },
    make: async (url: string, wishes: { readonly events?: readonly string[] } = {}) => {
      const created = await webhookAdmin({
        webhooks,
        known,
        guard: { ...guard, refusal: () => undefined },
        sender,
        now,
        wake: () => {},
      }).create({ url, description: '', assistants: null, channels: null, events: wishes.events ?? ['message.received'] }, 'amira');
      if (created === undefined) throw new Error('not created');
      return { id: created.endpoint.id, secret: created.secret };
    },
  };
}
