/** Sessions watched on one instance and worked on by others, over each store and exchange. */
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { defineEffect, type Effect } from '#actors/contract/effect.ts';
import type { LiveEvent, SessionsEvent, SessionsTopic } from '#actors/contract/live-events.ts';
import { Registry } from '#actors/contract/registry.ts';
import { Runtime } from '#actors/runtime.ts';
import { sessionInputOf } from '#assistants/bind-assistant.ts';
import type { MachineEvent } from '#machines/definition.ts';
import { type Address, parseSessionId } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { agentsNotifyParams, describeMessageSend, messageSendParams } from '#machines/session/effects.ts';
import { createIntake } from '#src/intake/intake.ts';
import { Ratings } from '#src/intake/ratings.ts';
import { type Exchange, noExchange } from '#storage/exchange.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { createPostgresExchange } from '#storage/postgres/exchange.ts';
import { createRedisStore } from '#storage/redis/adapter.ts';
import { createRedisExchange } from '#storage/redis/exchange.ts';
import { newAddress } from '#test/contracts/store-fixtures.ts';
import { administer } from '#test/postgres-databases.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { budgetedRedis } from '#test/storage/budgeted-redis.ts';
import { SharedExchange } from './shared-exchange.ts';

const PATIENCE = { interval: 10 };
const ANN = { id: 'ann', name: 'Ann' };
/** No turn follows a message by itself while a test runs. */
const DEBOUNCE_MS = 60_000;

const { connectionString } = await createTestDatabase();
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());
const openBudgeted = budgetedRedis();

/** What the instances of one test share. */
interface Cluster {
  readonly store: () => StoreLifecycle;
  readonly exchange: () => Exchange;
  /** Ends the connections of all exchanges. */
  readonly cut?: () => Promise<void>;
}

const CLUSTERS: Readonly<Record<string, () => Cluster>> = {
  memory: () => {
    const [store, exchange] = [createMemoryStore(), new SharedExchange()];
    return { store: () => store, exchange: () => exchange.join() };
  },
  Redis: () => ({
    store: () => createRedisStore({ url: redis.url }),
    exchange: () => createRedisExchange({ redis: openBudgeted({ url: redis.url, budgetMs: 5_000 }) }),
    cut: async () => {
      await redis.command('client', 'kill', 'type', 'pubsub');
    },
  }),
  PostgreSQL: () => ({
    store: () => createPostgresStore({ connectionString }),
    exchange: () => createPostgresExchange({ connectionString }),
    cut: () =>
      administer(connectionString, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'statechat exchange'"),
  }),
};

interface Opened {
  readonly runtime: Runtime;
  readonly exchange: Exchange;
  readonly database: StoreLifecycle;
  /** From now on its errors are those of an instance whose store is closed. */
  stopping: boolean;
}

const opened: Opened[] = [];
afterEach(async () => {
  for (const instance of opened) {
    instance.stopping = true;
    await instance.runtime.drain();
    await instance.exchange.close();
  }
  for (const database of new Set(opened.splice(0).map(({ database }) => database))) await database.close();
});

interface Instance {
  readonly runtime: Runtime;
  readonly intake: ReturnType<typeof createIntake>;
  readonly database: StoreLifecycle;
}

function start({ store, exchange: join }: Cluster): Instance {
  const [database, exchange] = [store(), join()];
  const effects: readonly Effect[] = [
    defineEffect({
      type: 'message.send',
      params: messageSendParams,
      lane: 'address',
      describe: describeMessageSend,
      run: async () => undefined,
    }),
    defineEffect({
      type: 'agents.notify',
      params: agentsNotifyParams,
      lane: 'none',
      run: async ({ reason, queue }, { sessionId }) => {
        runtime.publishAttention(sessionId, { reason, ...(queue === undefined ? {} : { queue }) });
        return undefined;
      },
    }),
  ];
  const runtime: Runtime = new Runtime({
    store: database.store,
    exchange,
    registry: new Registry({
      assistants: [
        {
          name: 'companion',
          definitions: sessionDefinitions(),
          input: (opening) => sessionInputOf(opening, { debounceMs: DEBOUNCE_MS }),
        },
      ],
      effects,
    }),
    owner: uuidv7(),
    newSessionId: () => parseSessionId(uuidv7()),
    onError: (where, error) => {
      if (!instance.stopping) throw new Error(`an error in ${where}`, { cause: error });
    },
  });
  const instance: Opened = { runtime, exchange, database, stopping: false };
  opened.push(instance);
  runtime.start();
  const latestAt = async (address: Address) => (await database.store.load({ address }))?.id;
  const ratings = new Ratings(database.store);
  return {
    runtime,
    database,
    intake: createIntake({ actors: runtime, assistantOf: () => 'companion', latestAt, ratings, isKept: async () => true }),
  };
}

const at = 1_790_000_000_000;
const escalate = (queue: string): MachineEvent => ({ type: 'escalate', at, reason: 'asked', queue });

/** A list as a console keeps it. */
function listOf({ runtime, database }: Instance, filter: SessionsTopic['filter']) {
  const events: SessionsEvent[] = [];
  const listed = new Map<string, number>();
  const load = async () => {
    for (const { id, version } of (await database.store.sessions(filter, 100)).items) listed.set(id, version);
  };
  runtime.watchSessions({ filter }, async (event) => {
    events.push(event);
    if (event.type === 'session') listed.set(event.session.id, event.session.version);
    if (event.type === 'left') listed.delete(event.sessionId);
    if (event.type === 'gap') await load();
  });
  return { events, listed };
}

/** Resolves when the turns of each worker reach the watcher. */
async function introduced({ runtime: watching }: Instance, workers: readonly Instance[]): Promise<void> {
  const seen = new Set<Address>();
  const stop = watching.watchSessions({ filter: {} }, (event) => {
    if (event.type === 'session') seen.add(event.session.address);
  });
  for (const { runtime } of workers) {
    const address = newAddress();
    await vi.waitFor(async () => {
      await runtime.deliver({ address, assistant: 'companion' }, { type: 'customer.message', id: uuidv7(), at, text: 'hello' });
      expect(seen.has(address)).toBe(true);
    }, PATIENCE);
  }
  stop();
}

describe.each(Object.keys(CLUSTERS))('over %s', (name) => {
  const cluster = () => CLUSTERS[name]?.() ?? expect.fail(name);

  test.each([2, 3])('a queue is followed on one of %i instances while the others work on it', async (count) => {
    const shared = cluster();
    const instances = Array.from({ length: count }, () => start(shared));
    const [console, ...workers] = instances;
    if (console === undefined) throw new Error('no instance was started');
    const queue = `q${uuidv7()}`;
    const { events, listed } = listOf(console, { queue });
    await introduced(console, workers);
    const addresses = Array.from({ length: 6 }, () => newAddress());
    const on = (index: number) => workers[index % workers.length]?.runtime ?? console.runtime;
    const ids: string[] = [];
    for (const [index, address] of addresses.entries()) {
      const to = { address, assistant: 'companion' };
      await on(index).deliver(to, { type: 'customer.message', id: `m${index}`, at, text: 'hello' });
      ids.push((await on(index).deliver(to, escalate(queue))).sessionId);
    }
    await expect.poll(() => [...listed.keys()].toSorted(), PATIENCE).toEqual(ids.toSorted());
    // Its facts are those of the store, and it needs a human.
    const row = await console.database.store.load({ id: parseSessionId(ids[0] ?? '') });
    const shown = events.findLast((event) => event.type === 'session' && event.session.id === ids[0]);
    expect(shown).toMatchObject({
      session: { state: 'WAITING_AGENT', queue, waitingSince: at, version: row?.version, address: addresses[0] },
    });
    await vi.waitFor(() => expect(events).toContainEqual(attention(ids[0], addresses[0], queue)), PATIENCE);
    // An agent claims one, on another instance than the one that opened it. The other moves to
    // another queue, which is no further change.
    const [first, second] = ids.map(parseSessionId);
    if (first === undefined || second === undefined) throw new Error('no session was opened');
    await on(1).deliver({ sessionId: first }, { type: 'agent.claim', at, agent: ANN });
    await on(0).deliver({ sessionId: second }, { type: 'agent.transfer', at, agent: ANN, queue: 'another' });
    await expect.poll(() => [...listed.keys()].toSorted(), PATIENCE).toEqual(ids.slice(2).toSorted());
    expect((await console.database.store.sessions({ queue }, 10)).items.map(({ id }) => id).toSorted()).toEqual(ids.slice(2).toSorted());
    expect((await console.database.store.load({ id: second }))?.queue).toBe('another');
    expect((await console.database.store.load({ id: first }))?.agentId).toBe('ann');
  });

  test('the customer types: watchers of the address and of the sessions receive it, throttled, and nothing is stored', async () => {
    const shared = cluster();
    const [worker, console] = [start(shared), start(shared)];
    const address = newAddress();
    const { sessionId } = await worker.runtime.deliver(
      { address, assistant: 'companion' },
      { type: 'customer.message', id: 'm', at, text: 'hi' },
    );
    const { events } = listOf(console, {});
    const ofSession = () => events.flatMap((event) => (event.type === 'live' && event.sessionId === sessionId ? [event] : []));
    const atAddress: Extract<LiveEvent, { readonly type: 'typing' }>[] = [];
    console.runtime.watch(address, (_id, event) => event.type === 'typing' && atAddress.push(event));
    await introduced(console, [worker]);
    const before = await worker.database.store.load({ address });
    const typing = (from: number) => [
      atAddress.filter((event) => event.at >= from).length,
      ofSession().filter(({ event }) => event.type === 'typing' && event.at >= from).length,
    ];
    await vi.waitFor(async () => {
      await worker.runtime.publishTyping(address, 1);
      expect(Math.min(...typing(0))).toBeGreaterThan(0);
    }, PATIENCE);
    for (let n = 0; n < 100; n += 1) await worker.intake({ type: 'typing', address, at: at + n });
    await vi.waitFor(() => expect(typing(at)).toEqual([1, 1]), PATIENCE);
    expect(ofSession().at(-1)).toEqual({ type: 'live', sessionId, address, event: { type: 'typing', by: 'customer', at } });
    await worker.intake({ type: 'typing', address, at: at + 3_000 });
    await vi.waitFor(() => expect(typing(at)).toEqual([2, 2]), PATIENCE);
    // At an address without an open session there is nothing to publish.
    await worker.intake({ type: 'typing', address: newAddress(), at });
    expect(await worker.database.store.load({ address })).toEqual(before);
  });

  test('after a lost connection the watcher loads its list again, and goes on', async () => {
    const shared = cluster();
    if (shared.cut === undefined) return;
    const [worker, console] = [start(shared), start(shared)];
    const queue = `q${uuidv7()}`;
    const { events, listed } = listOf(console, { queue });
    await introduced(console, [worker]);
    const gaps = () => events.filter(({ type }) => type === 'gap').length;
    const enqueue = async () => {
      const to = { address: newAddress(), assistant: 'companion' };
      await worker.runtime.deliver(to, { type: 'customer.message', id: 'm', at, text: 'hello' });
      return (await worker.runtime.deliver(to, escalate(queue))).sessionId;
    };
    events.length = 0;
    await shared.cut();
    const missed = await enqueue();
    await expect.poll(gaps, PATIENCE).toBeGreaterThan(0);
    await expect.poll(() => [...listed.keys()], PATIENCE).toEqual([missed]);
    const next = await enqueue();
    await expect.poll(() => [...listed.keys()].toSorted(), PATIENCE).toEqual([missed, next].toSorted());
  });
});

test('an instance that is alone follows its own sessions', async () => {
  const store = createMemoryStore();
  const alone = start({ store: () => store, exchange: () => noExchange });
  const { events } = listOf(alone, { agent: 'ann' });
  const to = { address: newAddress(), assistant: 'companion' };
  await alone.runtime.deliver(to, { type: 'customer.message', id: 'm', at, text: 'hello' });
  await alone.runtime.deliver(to, escalate('billing'));
  await alone.runtime.deliver(to, { type: 'agent.claim', at, agent: ANN });
  await expect.poll(() => events, PATIENCE).toMatchObject([{ type: 'session', session: { agentId: 'ann', handler: 'human' } }]);
});

function attention(sessionId: string | undefined, address: Address | undefined, queue: string) {
  return { type: 'live', sessionId, address, event: { type: 'attention', reason: 'asked', queue } };
}
