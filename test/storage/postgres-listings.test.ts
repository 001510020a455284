/**
 * A page of a listing reads only its own rows, however many sessions there are. Each filter has an
 * index, in every plan.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAddress } from '#machines/ids.ts';
import type { SessionFilter, SessionRow } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { LEASE, newId, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const { connectionString } = await createTestDatabase();
const watcher = new pg.Client({ connectionString });
beforeAll(async () => {
  await watcher.connect();
});
afterAll(async () => {
  await watcher.end();
});

const SESSIONS = 6_000;
const FEW = 5;

/**
 * Rows and index entries that were read so far, and tables that were read from end to end. Counts
 * arrive when the connections that made them end.
 */
async function reads(): Promise<{ readonly scans: number; readonly rows: number; readonly entries: number }> {
  const { rows } = await watcher.query(`
    select seq_scan::int as scans, idx_tup_fetch::int as rows,
           (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'sessions')::int as entries
    from pg_stat_user_tables where relname = 'sessions'`);
  return rows[0];
}

async function fill(): Promise<void> {
  const { store, close } = createPostgresStore({ connectionString });
  for (let n = 0; n < SESSIONS; n += 500) {
    const batch = Array.from({ length: 500 }, (_, index) => newSession(n + index < FEW ? RARE : index % 2 === 0 ? COMMON : CLOSED));
    await store.commit(
      batch.map((row) => turnOn(row.agentId === 'amira' ? { ...row, address: parseAddress(`telegram:bot:${newId()}`) } : row)),
      'me',
      LEASE,
    );
  }
  await close();
}

/** The oldest sessions, so that a walk from the newest would pass all others. */
const RARE: Partial<SessionRow> = { agentId: 'amira', queue: 'billing', tags: ['vip'], handler: 'human' };
const COMMON: Partial<SessionRow> = { agentId: 'other', queue: 'sales', tags: ['new'] };
const CLOSED: Partial<SessionRow> = { open: false, state: 'CLOSED' };

const FILTERS: readonly SessionFilter[] = [
  { channel: 'telegram' },
  { agent: 'amira' },
  { queue: 'billing' },
  { tag: 'vip' },
  { channel: 'telegram', open: true },
  { agent: 'amira', open: true, state: 'ACTIVE' },
  { queue: 'billing', handler: 'human', assistant: 'companion' },
  { tag: 'vip', open: true, channel: 'telegram' },
];

/** All pages of a filter, each read on connections of its own. */
async function readsOf(ask: (store: ReturnType<typeof createPostgresStore>['store']) => Promise<number>) {
  const before = await reads();
  const { store, close } = createPostgresStore({ connectionString });
  const found = await ask(store);
  await close();
  let after = before;
  await expect
    .poll(async () => {
      after = await reads();
      return after.entries;
    })
    .toBeGreaterThan(before.entries);
  return { found, scans: after.scans - before.scans, rows: after.rows - before.rows, entries: after.entries - before.entries };
}

test('listings by channel, agent, queue and tag read what they give, before and after the table was analysed', async () => {
  await fill();
  for (const analysed of [false, true]) {
    if (analysed) await watcher.query('analyze sessions');
    for (const filter of FILTERS) {
      const seen = await readsOf(async (store) => (await store.sessions(filter, 50)).items.length);
      expect.soft({ filter, analysed, ...seen }).toMatchObject({ found: FEW, scans: 0 });
      expect.soft(seen.rows, JSON.stringify({ filter, analysed })).toBeLessThanOrEqual(FEW * 4);
      expect.soft(seen.entries, JSON.stringify({ filter, analysed })).toBeLessThanOrEqual(FEW * 4);
    }
    const page = await readsOf(async (store) => (await store.sessions({ channel: 'web' }, 20)).items.length);
    expect(page).toMatchObject({ found: 20, scans: 0 });
    expect(page.entries).toBeLessThan(100);
  }
});
