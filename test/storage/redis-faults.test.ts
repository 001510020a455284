/**
 * A store in Redis while Redis is killed, frozen, flushed or tampered with, and while data is taken
 * from it.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import { createRedisStore } from '#storage/redis/adapter.ts';
import { inspectRedis } from '#storage/redis/inspect.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';

const OK = [{ ok: true }];
const TIMEOUT_MS = 300;
/** More than a busy machine and its disk take for a call. */
const PATIENT_MS = 10_000;

let server: RedisServer;
const open: StoreLifecycle[] = [];
beforeAll(async () => {
  server = await startRedis({ appendOnly: true });
});
afterEach(async () => {
  server.thaw();
  for (const store of open.splice(0)) await store.close();
});
afterAll(() => server?.stop());

function opened(options: Partial<Parameters<typeof createRedisStore>[0]> = {}): StoreLifecycle {
  const lifecycle = createRedisStore({ url: server.url, commandTimeoutMs: PATIENT_MS, ...options });
  open.push(lifecycle);
  return lifecycle;
}

async function committed(store: Store, before: SessionRow, parts: Parameters<typeof turnOn>[1] = {}): Promise<SessionRow> {
  const turn = turnOn(before, parts);
  expect(await store.commit([turn], 'me', LEASE)).toEqual(OK);
  return turn.session;
}

const keysOf = async (row: SessionRow) => (await server.command('--raw', 'keys', `*:${row.address}:${row.id}`)).split('\n').sort();
const ttlOf = async (key: string) => Number(await server.command('pttl', key));

describe('redis killed', () => {
  test('loses nothing that was acknowledged, with an append-only file, and is used again by itself', async () => {
    const { store, ping } = opened();
    const acknowledged: SessionRow[] = [];
    const unavailable: unknown[] = [];
    let running = true;
    const writing = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (running) {
          const turn = turnOn(newSession({ wakeAt: NOW }), { work: [{ serial: 1 }] });
          const results = await store.commit([turn], 'me', LEASE).catch((error: unknown) => void unavailable.push(error));
          if (results?.[0]?.ok) acknowledged.push(turn.session);
        }
      }),
    );
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(50));
    await server.kill();
    await vi.waitFor(() => expect(unavailable.length).toBeGreaterThan(8));
    await expect(ping()).rejects.toThrow(Unavailable);
    const before = acknowledged.length;
    await server.restart();
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 10));
    running = false;
    await writing;
    expect(unavailable.filter((error) => !(error instanceof Unavailable))).toEqual([]);
    for (const row of acknowledged) expect(await store.load({ id: row.id })).toEqual(row);
    const due = await store.claimDue(NOW, NOW + 1, 1_000_000);
    const dueIds = new Set(due.map(({ id }) => id));
    expect(acknowledged.filter(({ id }) => !dueIds.has(id))).toEqual([]);
    const work = await store.claimWork('you', LEASE, LEASE + 1, 1_000_000);
    const workIds = new Set(work.map(({ sessionId }) => sessionId));
    expect(acknowledged.filter(({ id }) => !workIds.has(id))).toEqual([]);
  });

  test('says so at once, not after a time limit', async () => {
    const { store } = opened();
    const row = await committed(store, newSession());
    await server.kill();
    const began = performance.now();
    await expect(store.load({ address: row.address })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await expect(store.commit([turnOn(row)], 'me', LEASE)).rejects.toThrow(Unavailable);
    expect(performance.now() - began).toBeLessThan(PATIENT_MS / 2);
    await server.restart();
    await vi.waitFor(async () => expect(await store.load({ address: row.address })).toEqual(row));
  });
});

describe('redis frozen', () => {
  test('fails calls when their time is up; a commit that it takes afterwards is found to be ours', async () => {
    const { store: patient } = opened();
    const row = await committed(patient, newSession());
    const { store } = opened({ commandTimeoutMs: TIMEOUT_MS });
    await vi.waitFor(() => store.load({ id: row.id }));
    server.freeze();
    const began = performance.now();
    const turn = turnOn(row, { journal: [{ eventId: 'e' }] });
    await expect(store.commit([turn], 'me', LEASE)).rejects.toThrow(Unavailable);
    await expect(store.load({ address: row.address })).rejects.toThrow(Unavailable);
    // Two of its time limits, and far from the default.
    expect(performance.now() - began).toBeLessThan(5_000);
    server.thaw();
    const again = await vi.waitFor(() => store.commit([turn], 'me', LEASE));
    // The statement may have been in the socket or not. It is stored once in either case.
    expect(again[0]?.ok === true || (again[0]?.ok === false && again[0].reason === 'duplicate')).toBe(true);
    expect(await patient.load({ address: row.address })).toEqual(turn.session);
    expect(await patient.journal(row.id, 1, 10)).toHaveLength(1);
  });
});

describe('redis flushed', () => {
  test('has forgotten everything, and goes on', async () => {
    const { store } = opened();
    const row = await committed(store, newSession({ wakeAt: NOW }));
    await server.command('flushall');
    expect(await store.load({ id: row.id })).toBeUndefined();
    expect(await store.commit([turnOn(row)], 'me', LEASE)).toEqual([{ ok: false, reason: 'conflict' }]);
    expect(await store.claimDue(NOW, NOW + 1, 10)).toEqual([]);
    const next = await committed(store, newSession({ address: row.address }));
    expect(await store.load({ address: row.address })).toEqual(next);
  });

  test('of its scripts is sent them again', async () => {
    const { store } = opened();
    const row = await committed(store, newSession());
    await server.command('script', 'flush');
    const next = await committed(store, row);
    expect(await store.load({ id: row.id })).toEqual(next);
  });
});

describe('what is taken away', () => {
  test('is taken by retention alone: nothing of the store expires by itself', async () => {
    const { store, archive } = opened();
    const journal = [{ eventId: 'e1', delivery: { status: 'pending', at: NOW } as const }];
    const row = await committed(store, newSession(), { journal });
    await committed(store, row, { row: { open: false, closedAt: NOW } });
    const keys = await keysOf(row);
    expect(keys.map((key) => key.split(':')[0])).toEqual(['events', 'journal', 'marks', 'session']);
    for (const key of keys) expect(await ttlOf(key)).toBe(-1);
    await archive.deleteExpired(NOW + 1, 10_000);
    expect(await keysOf(row)).toEqual(['']);
  });

  test('by others leaves listings, due times and retentions behind, which heal, and an address that can be opened again', async () => {
    const { store, archive } = opened();
    const row = await committed(store, newSession({ wakeAt: NOW }));
    await committed(store, row, { row: { open: false, state: 'GONE', closedAt: NOW - 1 } });
    const stays = await committed(store, newSession({ state: 'GONE' }));
    for (const key of await keysOf(row)) await server.command('unlink', key);
    expect((await store.sessions({ state: 'GONE' }, 10)).items.map(({ id }) => id)).toEqual([stays.id]);
    expect((await store.claimDue(NOW, NOW + 1, 1_000)).map(({ id }) => id)).not.toContain(row.id);
    expect(await store.load({ address: row.address })).toBeUndefined();
    const next = await committed(store, newSession({ address: row.address }));
    expect(await store.load({ address: row.address })).toEqual(next);
    expect(await store.claimDue(NOW, NOW + 1, 1_000)).toEqual([]);
    await archive.deleteExpired(NOW, 10_000);
    expect(await archive.expired(NOW)).toMatchObject({ sessions: 0 });
  });
});

describe('what is read', () => {
  test('is validated: a record that is not ours is a typed error', async () => {
    const { store } = opened();
    const row = await committed(store, newSession());
    const key = (await keysOf(row)).find((one) => one.startsWith('session')) ?? '';
    await server.command('hset', key, 'r', '{"assistant":1}');
    await expect(store.load({ address: row.address })).rejects.toMatchObject({ code: 'unreadable_record', retryable: false });
    await server.command('set', key, 'a string');
    await expect(store.load({ address: row.address })).rejects.toThrow(/WRONGTYPE/);
  });

  test('a lane of another address is refused before anything is written', async () => {
    const { store } = opened();
    const turn = turnOn(newSession(), { work: [{ serial: 1, lane: newSession().address }] });
    await expect(store.commit([turn], 'me', LEASE)).rejects.toMatchObject({ code: 'defect' });
    expect(await store.load({ id: turn.session.id })).toBeUndefined();
  });
});

describe('inspecting', () => {
  test('says what would lose conversations', async () => {
    expect(await inspectRedis(server.url)).toMatchObject({ dangers: [] });
    await server.command('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    await server.command('config', 'set', 'appendonly', 'no');
    const { dangers } = await inspectRedis(server.url);
    expect(dangers).toHaveLength(2);
    expect(dangers.join()).toMatch(/appendonly yes.*noeviction/s);
    await server.command('config', 'set', 'maxmemory-policy', 'noeviction');
    await server.command('config', 'set', 'appendonly', 'yes');
  });

  test('says what of a Redis with little memory would be missed first', async () => {
    expect((await inspectRedis(server.url)).hints).toEqual([]);
    await server.command('config', 'set', 'maxmemory', '1gb');
    expect((await inspectRedis(server.url)).hints.join()).toMatch(/noeviction.*volatile-lru/);
    await server.command('config', 'set', 'maxmemory-policy', 'volatile-ttl');
    expect((await inspectRedis(server.url)).hints.join()).toMatch(/counts of common limits.*volatile-lru/);
    await server.command('config', 'set', 'maxmemory-policy', 'volatile-lru');
    expect((await inspectRedis(server.url)).hints).toEqual([]);
    await server.command('config', 'set', 'maxmemory-policy', 'noeviction');
    await server.command('config', 'set', 'maxmemory', '0');
  });
});

describe('many instances', () => {
  test('that commit on the same sessions lose nothing, apply nothing twice and agree on one order', async () => {
    const stores = Array.from({ length: 4 }, () => opened().store);
    const seed = stores[0];
    if (seed === undefined) throw new Error('There is no store.');
    const sessions = await Promise.all(Array.from({ length: 5 }, () => committed(seed, newSession())));
    const EVENTS = 40;
    await Promise.all(
      stores.flatMap((store, instance) =>
        sessions.map(async ({ id }) => {
          for (let event = 0; event < EVENTS; ) {
            const row = await store.load({ id });
            if (row === undefined) throw new Error('The session is gone.');
            // Each event is handed to two instances.
            const turn = turnOn(row, { journal: [{ eventId: `${instance >> 1}.${event}` }], work: [{ serial: row.version }] });
            const [result] = await store.commit([turn], `w${instance}`, LEASE);
            if (result?.ok === true || (result?.ok === false && result.reason === 'duplicate')) event += 1;
          }
        }),
      ),
    );
    for (const { id } of sessions) {
      const entries = await seed.journal(id, 1, 1_000);
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 2 * EVENTS }, (_, index) => index + 2));
      expect(new Set(entries.map(({ eventId }) => eventId)).size).toBe(2 * EVENTS);
    }
    expect(await seed.claimWork('last', LEASE, LEASE + 1, 10_000)).toHaveLength(sessions.length * 2 * EVENTS);
  });
});
