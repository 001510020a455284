import { brotliCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import type { SessionRow, TurnCommit } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { openBudgetedRedis } from '#storage/redis/budgeted.ts';
import { type Connection, connect } from '#storage/redis/connection.ts';
import { encodeHot } from '#storage/redis/hot-copy.ts';
import { createTieredStore, type HotOutcome } from '#storage/tiered/adapter.ts';
import { describeStore } from '#test/contracts/store-contract.ts';
import { LEASE, newAddress, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { openTiered, tieredStores } from '#test/storage/tiered-stores.ts';

const { connectionString } = await createTestDatabase();
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server?.stop());

describeStore(
  'tiered',
  tieredStores(connectionString, () => server),
);

describe('hot copies', () => {
  /** More than a busy machine takes. Tests of time use a budget of their own. */
  const PATIENT_MS = 2_000;
  /** More than Redis takes there. */
  const COPY_MS = 500;
  /** More than PostgreSQL takes there. */
  const BUDGET_MS = 1_000;
  let outcomes: HotOutcome[];
  let skipping: boolean[];
  let refusals: string[];
  let tiered: StoreLifecycle;
  let redis: Connection;

  function open(budgetMs: number, patienceMs?: number): StoreLifecycle {
    return openTiered(connectionString, server.url, {
      budgetMs,
      besideUpTo: 0,
      ...(patienceMs === undefined ? {} : { patienceMs }),
      onOutcome: (outcome) => outcomes.push(outcome),
      onSkipping: (now) => skipping.push(now),
      onRefused: (error) => refusals.push(String(error)),
    });
  }
  /** Tests of time begin here, with an open connection and the patience of production. */
  async function withBudget(): Promise<SessionRow> {
    await tiered.close();
    tiered = open(BUDGET_MS);
    return vi.waitFor(async () => {
      outcomes.length = 0;
      const row = await committed(turnOn(newSession()));
      await vi.waitFor(() => expect(counted('written')).toBe(1));
      expect(await stale(row)).toEqual(row);
      expect(outcomes).toEqual(['written', 'hit']);
      outcomes.length = 0;
      skipping.length = 0;
      return row;
    });
  }

  beforeEach(async () => {
    await server.command('flushall');
    outcomes = [];
    skipping = [];
    refusals = [];
    tiered = open(PATIENT_MS, COPY_MS);
    redis = connect({ url: server.url });
  });
  afterEach(async () => {
    server.thaw();
    await redis.close();
    await tiered.close();
  });

  async function committed(turn: TurnCommit): Promise<SessionRow> {
    expect(await tiered.store.commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
    return turn.session;
  }
  const counted = (wanted: HotOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
  const stale = (row: SessionRow) => tiered.store.load({ address: row.address }, { stale: true });
  const keyOf = (row: SessionRow) => `session:{${row.address}}`;

  /** Behind the adapter's back, as an instance whose Redis did not answer would leave it. */
  async function leaveBehind(row: SessionRow, at = row): Promise<void> {
    await redis.call('set', keyOf(at), encodeHot(row));
  }

  test('of an open session is written after its commit, with a time to live, and read instead of the durable store', async () => {
    const row = await committed(turnOn(newSession({ snapshot: { text: 'a\u0000b \ud800 مرحبا' } })));
    await vi.waitFor(() => expect(counted('written')).toBe(1));
    const ttl = Number(await server.command('pttl', keyOf(row)));
    expect(ttl).toBeGreaterThan(3_500_000);
    expect(ttl).toBeLessThanOrEqual(3_600_000);
    expect(await stale(row)).toEqual(row);
    expect(counted('hit')).toBe(1);
  });

  test('of a session that closes is dropped, and none is made of a closed one', async () => {
    const row = await committed(turnOn(newSession()));
    await vi.waitFor(async () => expect(await server.command('exists', keyOf(row))).toBe('1'));
    const closed = await committed(turnOn(row, { row: { open: false } }));
    await vi.waitFor(async () => expect(await server.command('exists', keyOf(row))).toBe('0'));
    expect(await stale(closed)).toEqual(closed);
    expect(await server.command('exists', keyOf(row))).toBe('0');
  });

  test('that is missing or flushed away is made from the durable store', async () => {
    const row = await committed(turnOn(newSession()));
    await vi.waitFor(() => expect(counted('written')).toBe(1));
    await server.command('flushall');
    expect(await stale(row)).toEqual(row);
    await vi.waitFor(() => expect(counted('written')).toBe(2));
    expect(await stale(row)).toEqual(row);
    expect([counted('miss'), counted('hit')]).toEqual([1, 1]);
  });

  test('is given to nobody who did not ask for a copy', async () => {
    const row = await committed(turnOn(newSession()));
    await vi.waitFor(() => expect(counted('written')).toBe(1));
    await leaveBehind({ ...row, state: 'BEHIND' });
    expect(await tiered.store.load({ address: row.address })).toEqual(row);
    expect(await tiered.store.load({ id: row.id }, { stale: true })).toEqual(row);
  });

  test('that is behind costs a conflict, which drops it', async () => {
    const before = await committed(turnOn(newSession()));
    const row = await committed(turnOn(before));
    await vi.waitFor(() => expect(counted('written')).toBe(2));
    await leaveBehind(before);
    const behind = await stale(before);
    expect(behind).toEqual(before);
    expect(await tiered.store.commit([turnOn(behind ?? before)], 'me', LEASE)).toEqual([{ ok: false, reason: 'conflict' }]);
    await vi.waitFor(async () => expect(await server.command('exists', keyOf(row))).toBe('0'));
    expect(await stale(row)).toEqual(row);
  });

  test('that is rubbish, or of another address, is passed over', async () => {
    const row = await committed(turnOn(newSession()));
    await vi.waitFor(() => expect(counted('written')).toBe(1));
    for (const bytes of ['', 'rubbish', JSON.stringify(row), brotliCompressSync('{}'), encodeHot(row).subarray(0, -20)]) {
      await redis.call('set', keyOf(row), bytes);
      expect(await stale(row)).toEqual(row);
    }
    expect(counted('unreadable')).toBe(5);
    await leaveBehind({ ...row, address: newAddress() }, row);
    expect(await stale(row)).toEqual(row);
    expect(counted('hit')).toBe(1);
  });

  test('a key of another kind costs its address its copy, and nobody else Redis', async () => {
    const [row, other] = [await committed(turnOn(newSession())), await committed(turnOn(newSession()))];
    await vi.waitFor(() => expect(counted('written')).toBe(2));
    await server.command('del', keyOf(row));
    await server.command('rpush', keyOf(row), 'what is this');
    expect(await stale(row)).toEqual(row);
    expect(await stale(other)).toEqual(other);
    expect([counted('failed'), counted('hit'), counted('skipped')]).toEqual([1, 1, 0]);
    const next = await committed(turnOn(row));
    await vi.waitFor(() => expect(counted('written')).toBe(3));
    expect(await stale(next)).toEqual(next);
  });

  test('Redis whose memory is full refuses copies, and is read all the same; told once', async () => {
    const [row, other] = [await committed(turnOn(newSession())), await committed(turnOn(newSession()))];
    await vi.waitFor(() => expect(counted('written')).toBe(2));
    await server.command('config', 'set', 'maxmemory', '1mb');
    try {
      let current = row;
      for (let turn = 0; turn < 5; turn += 1) current = await committed(turnOn(current));
      await vi.waitFor(() => expect(counted('failed')).toBe(5));
      expect(await stale(other)).toEqual(other);
      expect([counted('hit'), counted('skipped'), skipping]).toEqual([1, 0, []]);
      expect(refusals).toEqual([expect.stringContaining('OOM')]);
    } finally {
      await server.command('config', 'set', 'maxmemory', '0');
    }
  });

  test('Redis that is late is not written to as well for each who reads', async () => {
    const row = await committed(turnOn(newSession()));
    await vi.waitFor(() => expect(counted('written')).toBe(1));
    await server.command('flushall');
    server.freeze();
    expect(await stale(row)).toEqual(row);
    server.thaw();
    await vi.waitFor(() => expect(counted('miss')).toBe(1));
    expect(await server.command('exists', keyOf(row))).toBe('0');
  });

  test('Redis frozen: who loads has his row from the durable store before its budget is used up, and it is skipped afterwards', async () => {
    let current = await withBudget();
    server.freeze();
    expect(await stale(current)).toEqual(current);
    expect(skipping).toEqual([]);
    await vi.waitFor(() => expect(skipping).toEqual([true]));
    for (let turn = 0; turn < 20; turn += 1) {
      expect(await stale(current)).toEqual(current);
      current = await committed(turnOn(current));
    }
    // None of them called Redis, neither to read nor to make a copy of what was committed.
    await vi.waitFor(() => expect([counted('failed'), counted('skipped'), outcomes.length]).toEqual([1, 40, 41]));
    expect(skipping).toEqual([true]);
    server.thaw();
    await vi.waitFor(() => expect(skipping).toEqual([true, false]));
    // The copy is twenty versions behind. That is a conflict, and the next read is right.
    expect(await tiered.store.load({ address: current.address })).toEqual(current);
    current = await committed(turnOn(current));
    await vi.waitFor(async () => expect(await stale(current)).toEqual(current));
  });

  test('Redis frozen does not hold up a commit at all', async () => {
    const row = await committed(turnOn(newSession()));
    await vi.waitFor(() => expect(counted('written')).toBe(1));
    server.freeze();
    const began = performance.now();
    await committed(turnOn(row));
    expect(performance.now() - began).toBeLessThan(PATIENT_MS);
    // The copy was still being waited for then.
    expect(skipping).toEqual([]);
    await vi.waitFor(() => expect(skipping).toEqual([true]));
  });

  test('Redis killed and started again is skipped meanwhile and used again', async () => {
    let row = await committed(turnOn(newSession()));
    await vi.waitFor(() => expect(counted('written')).toBe(1));
    await server.kill();
    expect(await stale(row)).toEqual(row);
    row = await committed(turnOn(row));
    expect(await stale(row)).toEqual(row);
    await vi.waitFor(() => expect(skipping).toEqual([true]));
    await server.restart();
    await vi.waitFor(() => expect(skipping).toEqual([true, false]));
    row = await committed(turnOn(row));
    await vi.waitFor(async () => expect(await server.command('exists', keyOf(row))).toBe('1'));
    outcomes.length = 0;
    expect(await stale(row)).toEqual(row);
    expect(outcomes).toEqual(['hit']);
  });
});

describe('while few sessions are taken up', () => {
  test('the durable store is asked beside Redis, and no more often than that; who answers first is believed', async () => {
    const { connectionString: own } = await createTestDatabase();
    const durable = createPostgresStore({ connectionString: own });
    const slow = Promise.withResolvers<undefined>();
    const load = vi.spyOn(durable.store, 'load');
    const redis = openBudgetedRedis({ url: server.url, budgetMs: 2_000 });
    const written = Promise.withResolvers<void>();
    const onOutcome = (outcome: HotOutcome) => outcome === 'written' && written.resolve();
    const { store } = createTieredStore({ durable, redis, besideUpTo: 1, onOutcome });
    const turn = turnOn(newSession());
    const { address } = turn.session;
    const stale = () => store.load({ address }, { stale: true });
    try {
      await store.commit([turn], 'me', LEASE);
      await written.promise;
      expect(await Promise.all([stale(), stale(), stale()])).toEqual([turn.session, turn.session, turn.session]);
      expect(load).toHaveBeenCalledTimes(1);
      load.mockReturnValueOnce(slow.promise);
      expect(await stale()).toEqual(turn.session);
      load.mockRejectedValueOnce(new Error('away'));
      await Promise.allSettled([stale()]);
      server.freeze();
      expect(await stale()).toEqual(turn.session);
    } finally {
      server.thaw();
      slow.resolve(undefined);
      await redis.close();
      await durable.close();
    }
  });
});
