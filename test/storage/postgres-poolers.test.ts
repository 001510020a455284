/** PostgreSQL behind a pooler, which gives the next statement another session of the server. */
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { openDatabase } from '#storage/postgres/database.ts';
import { createPostgresExchange } from '#storage/postgres/exchange.ts';
import { migrate, pendingMigrations } from '#storage/postgres/migrate.ts';
import { behindPooler } from '#storage/postgres/pooler.ts';
import { connected } from '#storage/postgres/single-connection.ts';
import { describeStore } from '#test/contracts/store-contract.ts';
import { type PgBouncer, startPgBouncer } from '#test/pgbouncer.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { postgresStores } from '#test/storage/postgres-stores.ts';

const { connectionString } = await createTestDatabase();
const empties = { session: await createTestDatabase({ empty: true }), transaction: await createTestDatabase({ empty: true }) };
const nameOf = (url: string): string => new URL(url).pathname.slice(1);

let poolers: Record<'session' | 'transaction', PgBouncer>;
beforeAll(async () => {
  const [session, transaction] = await Promise.all([
    startPgBouncer(inject('postgres').connectionString, 'session'),
    startPgBouncer(inject('postgres').connectionString, 'transaction'),
  ]);
  poolers = { session, transaction };
});
afterAll(() => Promise.all([poolers?.session.stop(), poolers?.transaction.stop()]));

describeStore(
  'postgres behind PgBouncer in transaction mode',
  postgresStores(() => poolers.transaction.url(nameOf(connectionString))),
);

describe.each(['session', 'transaction'] as const)('PgBouncer in %s mode', (mode) => {
  const url = (database = connectionString): string => poolers[mode].url(nameOf(database));

  test('is recognized, and PostgreSQL itself is not taken for one', async () => {
    expect(await connected(url(), behindPooler)).toBe(true);
    expect(await connected(connectionString, behindPooler)).toBe(false);
  });

  test('leaves no setting and no statement in a session of the server', async () => {
    const database = openDatabase({ connectionString: url(), poolSize: 2 });
    await Promise.all(Array.from({ length: 20 }, () => database.query('ours', 'select $1::int as n, pg_sleep(0.01)', [1])));
    const left = await connected(url(), async (client) => {
      const { rows } = await client.query(
        `select current_setting('statement_timeout') as timeout, current_setting('enable_seqscan') as scan,
           (select count(*)::int from pg_prepared_statements) as prepared`,
      );
      return rows;
    });
    await database.close();
    expect(left).toEqual([{ timeout: '0', scan: 'on', prepared: 0 }]);
  });

  test('still has the server end a statement that takes too long, and goes on after it', async () => {
    const database = openDatabase({ connectionString: url(), poolSize: 1, statementTimeoutMs: 1_000 });
    await expect(database.query('slow', 'select pg_sleep($1::int)', [5])).rejects.toThrow('statement timeout');
    expect(await database.query('fast', 'select $1::int as n', [7])).toEqual([{ n: 7 }]);
    await database.close();
  });

  test('lets one migrator at a time bring the schema up to date', async () => {
    const fresh = empties[mode].connectionString;
    const applied = await Promise.all([migrate(url(fresh)), migrate(url(fresh)), migrate(fresh)]);
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    expect(await pendingMigrations(fresh)).toEqual([]);
  });
});

describe('notices of other instances', () => {
  async function open(mode: 'session' | 'transaction') {
    const onNoMessages = vi.fn();
    const exchange = createPostgresExchange({ connectionString: poolers[mode].url(nameOf(connectionString)), onNoMessages });
    const received: unknown[] = [];
    exchange.start('me', { receive: (message) => received.push(message), connected: () => undefined });
    return { exchange, onNoMessages, received };
  }

  test('pass a pooler in session mode', async () => {
    const { exchange, onNoMessages, received } = await open('session');
    await expect.poll(() => exchange.well).toBe(true);
    exchange.send({ type: 'hello' });
    await expect.poll(() => received).toEqual([{ type: 'hello' }]);
    expect(onNoMessages).not.toHaveBeenCalled();
    await exchange.close();
  });

  test('do not pass one in transaction mode, which is reported once, leaves no LISTEN behind, and commits still wait for the disk', async () => {
    const { exchange, onNoMessages } = await open('transaction');
    await expect.poll(() => onNoMessages.mock.calls.length).toBe(1);
    expect(exchange.well).toBe(false);
    const setting = `select current_setting('synchronous_commit') as value, pg_sleep(0.1)::text`;
    const own = await connected(connectionString, (client) => client.query(setting));
    const url = poolers.transaction.url(nameOf(connectionString));
    // As many at once as the pooler has sessions of the server.
    const seen = await Promise.all(Array.from({ length: 4 }, () => connected(url, (client) => client.query(setting))));
    for (const { rows } of seen) expect(rows).toEqual(own.rows);
    const listening = 'select array(select pg_listening_channels()) as channels, pg_sleep(0.1)::text';
    const left = await Promise.all(Array.from({ length: 4 }, () => connected(url, (client) => client.query(listening))));
    for (const { rows } of left) expect(rows).toMatchObject([{ channels: [] }]);
    await exchange.close();
  });
});

test('a server that takes no writes is not ready', async () => {
  const url = new URL(connectionString);
  url.searchParams.set('options', '-c default_transaction_read_only=on');
  const store = createPostgresStore({ connectionString: url.href });
  await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('takes no writes') });
  await store.close();
});
