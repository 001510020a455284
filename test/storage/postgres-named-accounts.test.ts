import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const { connectionString } = await createTestDatabase();
const { ledger, addresses, close } = createPostgresStore({ connectionString });
const client = new pg.Client({ connectionString });
await client.connect();
afterAll(async () => {
  await client.end();
  await close();
});

/** Statements that wait for a lock. */
async function waiting(): Promise<number | null> {
  // A transaction would go on seeing the connections that it saw first.
  await client.query('select pg_stat_clear_snapshot()');
  return (await client.query(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rowCount;
}

async function lock(account: string): Promise<void> {
  await client.query('begin');
  await client.query('select 1 from ledger_accounts where account = $1 for update', [account]);
}

test('what is reserved while an account gets its new name has that name too, and is given back under it', async () => {
  const [named, numbered] = ['customer:telegram:acme_bot:1/2026-11', 'customer:telegram:7:1/2026-11'];
  const amount = { tokens: 10, microDollars: 0 };
  const limits = [{ account: named, tokens: 100, microDollars: null, keepMs: 60_000 }];
  const reserved = (id: string) => ledger.reserve('acme', { id, amount, limits, ttlMs: 60_000 });
  expect(await reserved('before')).toEqual({ ok: true });
  await lock(named);
  // The reservation is first in line for the lock, and the move second.
  const during = reserved('during');
  await expect.poll(waiting).toBe(1);
  const moved = addresses.moveAccount('telegram', 'acme_bot', '7', 10);
  await expect.poll(waiting).toBe(2);
  await client.query('commit');
  expect(await during).toEqual({ ok: true });
  for (let step = await moved; step > 0; ) step = await addresses.moveAccount('telegram', 'acme_bot', '7', 10);

  expect((await client.query('select distinct account from ledger_reservations')).rows).toEqual([{ account: numbered }]);
  for (const id of ['before', 'during']) expect(await ledger.settle('acme', id, { tokens: 4, microDollars: 0 })).toBe('settled');
  expect(await ledger.balances('acme', [named, numbered])).toMatchObject([
    { spent: { tokens: 0 }, reserved: { tokens: 0 } },
    { spent: { tokens: 8 }, reserved: { tokens: 0 } },
  ]);
});

test('what a call reserved under the old name before and after it was moved is held once', async () => {
  const [named, numbered] = ['customer:telegram:acme_bot:2/2026-11', 'customer:telegram:7:2/2026-11'];
  const limits = [{ account: named, tokens: 100, microDollars: null, keepMs: 60_000 }];
  const reserved = (id: string, tokens: number) =>
    ledger.reserve('acme', { id, amount: { tokens, microDollars: 0 }, limits, ttlMs: 60_000 });
  const move = async (): Promise<void> => {
    while ((await addresses.moveAccount('telegram', 'acme_bot', '7', 10)) > 0);
  };
  for (const id of ['open', 'ended']) expect(await reserved(id, 10)).toEqual({ ok: true });
  await move();
  expect(await ledger.settle('acme', 'ended', { tokens: 4, microDollars: 0 })).toBe('settled');
  // A run that began before the move makes its calls again.
  for (const id of ['open', 'ended']) expect(await reserved(id, 20)).toEqual({ ok: true });
  await move();
  expect(await ledger.balances('acme', [named, numbered])).toMatchObject([
    { spent: { tokens: 0 }, reserved: { tokens: 0 } },
    { spent: { tokens: 4 }, reserved: { tokens: 20 } },
  ]);
  expect(await ledger.settle('acme', 'open', { tokens: 5, microDollars: 0 })).toBe('settled');
  expect(await ledger.balances('acme', [numbered])).toMatchObject([{ spent: { tokens: 9 }, reserved: { tokens: 0 } }]);
});

test('a call that ends while one of its accounts gets its new name is charged to all of them', async () => {
  const [named, numbered, session] = ['customer:telegram:acme_bot:3/2026-11', 'customer:telegram:7:3/2026-11', 'session:3'];
  const limits = [named, session].map((account) => ({ account, tokens: 100, microDollars: null, keepMs: 60_000 }));
  const amount = { tokens: 10, microDollars: 0 };
  expect(await ledger.reserve('acme', { id: 'ending', amount, limits, ttlMs: 60_000 })).toEqual({ ok: true });
  await lock(named);
  // The move is first in line for the lock, and the charge second.
  const moved = addresses.moveAccount('telegram', 'acme_bot', '7', 10);
  await expect.poll(waiting).toBe(1);
  const settled = ledger.settle('acme', 'ending', { tokens: 4, microDollars: 0 });
  await expect.poll(waiting).toBe(2);
  await client.query('commit');
  expect(await settled).toBe('settled');
  for (let step = await moved; step > 0; ) step = await addresses.moveAccount('telegram', 'acme_bot', '7', 10);

  expect(await ledger.balances('acme', [named, numbered, session])).toMatchObject([
    { spent: { tokens: 0 }, reserved: { tokens: 0 } },
    { spent: { tokens: 4 }, reserved: { tokens: 0 } },
    { spent: { tokens: 4 }, reserved: { tokens: 0 } },
  ]);
  expect(await ledger.settle('acme', 'ending', { tokens: 4, microDollars: 0 })).toBe('already');
});
