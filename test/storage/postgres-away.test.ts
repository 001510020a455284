/** What callers see while PostgreSQL is away, slow, full or in each other's way. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { freePort } from '#storage/embedded/free-port.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import { LEASE, newId, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { administer } from '#test/postgres-databases.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const { connectionString } = await createTestDatabase();

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function open(options: Partial<Parameters<typeof createPostgresStore>[0]> = {}): StoreLifecycle {
  const opened = createPostgresStore({ connectionString, ...options });
  closers.push(() => opened.close());
  return opened;
}

async function client(): Promise<pg.Client> {
  const connected = new pg.Client({ connectionString });
  await connected.connect();
  closers.push(() => connected.end());
  return connected;
}

/** More than a busy machine takes for a statement that nothing holds up. */
const STATEMENT_MS = 1_000;

const urlOf = (port: number): string => `postgres://u:p@127.0.0.1:${port}/d`;

/** Address of a server that accepts connections and leaves them in silence. */
async function silentServer(): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  return urlOf(address !== null && typeof address === 'object' ? address.port : 0);
}

test('a server that refuses connections is unavailable, for every call', async () => {
  const url = urlOf(await freePort());
  const { store, ping } = open({ connectionString: url });
  const calls = [
    ping(),
    store.load({ id: newId() }),
    store.commit([turnOn(newSession())], 'me', LEASE),
    store.claimDue(1, 2, 3),
    migrate(url),
  ];
  for (const call of await Promise.allSettled(calls)) {
    expect(call).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', retryable: true, cause: { code: 'ECONNREFUSED' } } });
  }
});

test('a server that says nothing is unavailable after the connect timeout, as is a pool with no connection left', async () => {
  const { ping } = open({ connectionString: await silentServer(), connectTimeoutMs: 100, poolSize: 1 });
  await Promise.all([expect(ping()).rejects.toBeInstanceOf(Unavailable), expect(ping()).rejects.toBeInstanceOf(Unavailable)]);
});

test('a statement that takes too long is cut off and unavailable, and the store works on', async () => {
  const { store } = open({ statementTimeoutMs: STATEMENT_MS });
  const opening = turnOn(newSession());
  await store.commit([opening], 'me', LEASE);
  const blocker = await client();
  await blocker.query('begin');
  await blocker.query('select 1 from sessions where id = $1 for update', [opening.session.id]);
  await expect(store.commit([turnOn(opening.session)], 'me', LEASE)).rejects.toBeInstanceOf(Unavailable);
  await blocker.query('rollback');
  expect(await store.commit([turnOn(opening.session)], 'me', LEASE)).toEqual([{ ok: true }]);
});

test('what may take long is not held to the limit of the rest, and holds nothing else up', async () => {
  const { store, ping } = open({ statementTimeoutMs: STATEMENT_MS, poolSize: 1 });
  const session = newSession();
  await store.commit([turnOn(session)], 'me', LEASE);
  const blocker = await client();
  await blocker.query('begin');
  await blocker.query('lock table sessions in access exclusive mode');
  const listed = store.sessions({ address: session.address }, 10);
  await ping();
  await expect(store.load({ id: newId() })).rejects.toBeInstanceOf(Unavailable);
  await blocker.query('rollback');
  expect((await listed).items).toHaveLength(1);
});

test('connections cut by an administrator are unavailable once, then replaced', async () => {
  const lost: string[] = [];
  const { store, ping } = open({ poolSize: 2, onConnectionLost: (error) => lost.push(inspect(error)) });
  const opening = turnOn(newSession());
  await store.commit([opening], 'me', LEASE);
  const blocker = await client();
  await blocker.query('begin');
  await blocker.query('select 1 from sessions where id = $1 for update', [opening.session.id]);
  const inFlight = expect(store.commit([turnOn(opening.session)], 'me', LEASE)).rejects.toBeInstanceOf(Unavailable);
  await ping();
  const others = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'statechat'`;
  await expect.poll(async () => (await blocker.query(others)).rowCount).toBe(2);
  await inFlight;
  await blocker.query('rollback');
  await expect.poll(() => lost.length).toBe(1);
  // The driver's own error drags the whole connection into the log.
  expect(lost[0]?.length).toBeLessThan(2_000);
  expect(await store.commit([turnOn(opening.session)], 'me', LEASE)).toEqual([{ ok: true }]);
});

test('a server with no connections to spare is unavailable, and serves again when there are', async () => {
  const { ping } = open();
  const name = new URL(connectionString).pathname.slice(1);
  // PostgreSQL never limits a superuser, so the app connects as a plain user here.
  await administer(inject('postgres').connectionString, `create role limited_${name} login password 'p' connection limit 0`);
  closers.push(() => administer(inject('postgres').connectionString, `drop role limited_${name}`));
  const url = new URL(connectionString);
  url.username = `limited_${name}`;
  url.password = 'p';
  await expect(open({ connectionString: url.href }).ping()).rejects.toMatchObject({ code: 'unavailable', facts: { code: '53300' } });
  await ping();
});

test('a wrong password is not taken for an outage', async () => {
  const url = new URL(connectionString);
  url.password = 'wrong';
  await expect(open({ connectionString: url.href }).ping()).rejects.toMatchObject({ code: 'database_refused', facts: { code: '28P01' } });
});

test('a deadlock that PostgreSQL breaks at our cost is tried again unseen', async () => {
  const { store } = open();
  const turns = [turnOn(newSession()), turnOn(newSession())];
  await store.commit(turns, 'me', LEASE);
  const [first, second] = turns.map(({ session }) => session).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (first === undefined || second === undefined) throw new Error('Two sessions were opened.');
  const blocker = await client();
  await blocker.query('begin');
  // Ours gives up first.
  await blocker.query(`set deadlock_timeout = '1min'`);
  await blocker.query('select 1 from sessions where id = $1 for update', [second.id]);
  const committed = store.commit([turnOn(first), turnOn(second)], 'me', LEASE);
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await expect.poll(async () => (await blocker.query(waiting)).rowCount, { interval: 5 }).toBe(1);
  await blocker.query('select 1 from sessions where id = $1 for update', [first.id]);
  await blocker.query('commit');
  expect(await committed).toEqual([{ ok: true }, { ok: true }]);
  const deadlocks = `select deadlocks::int as count from pg_stat_database where datname = current_database()`;
  await expect.poll(async () => (await blocker.query(deadlocks)).rows).toEqual([{ count: 1 }]);
});
