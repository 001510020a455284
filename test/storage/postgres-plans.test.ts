/**
 * No statement of a turn ever reads a table or an index from end to end, whether in its first plan
 * or at any size.
 *
 * The server is its own. On a shared one, a long transaction in any database, such as the copy of a
 * template, keeps old row versions, and then updates find no room in their page.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';
import type { TurnCommit } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { FAST } from '#test/postgres-cluster.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'statechat-plans-'));
const server = await startEmbeddedPostgres({ dataDir, settings: FAST, log: () => {} });
const { connectionString } = server;
await migrate(connectionString);
const watcher = new pg.Client({ connectionString });

beforeAll(async () => {
  await watcher.connect();
});
afterAll(async () => {
  await watcher.end();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Reads {
  readonly scans: number;
  readonly entries: number;
  readonly updates: number;
  readonly hot: number;
}

/** Counts arrive when the connections that made them end. */
async function reads(): Promise<Reads> {
  const { rows } = await watcher.query(`
    select (select sum(seq_scan) from pg_stat_user_tables where relname in ('sessions', 'journal', 'outbox'))::int as scans,
           (select sum(idx_tup_read) from pg_stat_user_indexes)::int as entries,
           (select n_tup_upd from pg_stat_user_tables where relname = 'sessions')::int as updates,
           (select n_tup_hot_upd from pg_stat_user_tables where relname = 'sessions')::int as hot`);
  return rows[0];
}

test('turns alone and in batches, from an empty database to thousands of sessions, are index lookups and heap-only updates', async () => {
  const before = await reads();
  const { store, close } = createPostgresStore({ connectionString, poolSize: 1 });
  let turns: TurnCommit[] = [];
  const play = async (batch: readonly TurnCommit[]) => {
    expect((await store.commit(batch, 'me', LEASE)).every(({ ok }) => ok)).toBe(true);
    turns.push(...batch);
  };
  const snapshot = { context: 'x'.repeat(1_400) };
  const work = (serial: number, lane: string) => [{ serial, lane }];
  let played = 0;
  for (const size of [1, 512, 1, 512, 512, 512]) {
    turns = [];
    await play(
      Array.from({ length: size }, (_, index) => {
        const session = newSession({ snapshot, wakeAt: NOW });
        return turnOn(session, { journal: [{ eventId: `o${index}` }], work: work(1, session.address) });
      }),
    );
    for (let serial = 2; serial < 6; serial += 1) {
      const last = turns.splice(0);
      await play(
        last.map(({ session }) =>
          turnOn(session, {
            row: { snapshot, lastActivityAt: NOW + serial },
            journal: [{ eventId: `e${serial}` }, { delivery: { status: 'pending', at: NOW } }],
            work: work(serial, session.address),
            settled: [serial - 1],
            deliveries: [{ seq: 1, delivery: { status: 'sent', at: NOW } }],
          }),
        ),
      );
      played += size;
    }
    const finished = turns.flatMap((turn) => turn.work);
    await store.finishWork(
      'me',
      finished.map(({ sessionId, serial, seq }) => ({ sessionId, serial, seq, status: 'done', delivery: null })),
    );
    await store.claimWork('you', NOW, LEASE, 100);
    await store.renewWork('you', finished, LEASE);
    await store.load({ address: turns[0]?.session.address ?? newSession().address });
    await store.claimDue(NOW, NOW + 1_000, 50);
  }
  await close();
  await expect.poll(async () => (await reads()).updates).toBeGreaterThanOrEqual(before.updates + played);
  const after = await reads();
  expect(after.scans).toBe(before.scans);
  // A turn reads its session, its event, what it settles and marks, each once. Waking and claiming
  // come on top.
  expect(after.entries - before.entries).toBeLessThan(played * 12);
  expect((after.hot - before.hot) / (after.updates - before.updates)).toBeGreaterThan(0.9);
});
