/**
 * Connections to PostgreSQL that stay open and swallow what is written. Neither side is notified.
 */
import { afterEach, expect, test } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { type Line, startLine } from '#test/faults/line.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const { connectionString } = await createTestDatabase();

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Opened extends StoreLifecycle {
  readonly line: Line;
}

/** A store whose way to the server can be broken, with as many connections as there may be. */
async function open(options: Partial<Parameters<typeof createPostgresStore>[0]> = {}): Promise<Opened> {
  const url = new URL(connectionString);
  const line = await startLine(Number(url.port));
  closers.push(() => line.close());
  url.port = String(line.port);
  const opened = createPostgresStore({ connectionString: url.href, ...options });
  closers.push(() => opened.close());
  await Promise.all(Array.from({ length: 8 }, () => opened.ping()));
  return { ...opened, line };
}

/** From now on every connection that is there is dead, and new ones are well. */
function loseAll({ line }: Opened): void {
  line.set({ kind: 'half-open', swallows: 'everything' });
  line.set({ kind: 'well' });
}

test('the dead connection that is found out takes its silent neighbours with it: the second attempt is through', async () => {
  const opened = await open({ statementTimeoutMs: 1_000 });
  loseAll(opened);
  const opening = turnOn(newSession());
  await expect(opened.store.commit([opening], 'me', LEASE)).rejects.toBeInstanceOf(Unavailable);
  expect(await opened.store.commit([opening], 'me', LEASE)).toEqual([{ ok: true }]);
});

test('G4: a mark on a dead connection is stored well before the shortest lease that is in use has run out', async () => {
  const opened = await open();
  const session = newSession();
  await opened.store.commit([turnOn(session, { work: [{ serial: 1 }] })], 'me', LEASE);
  loseAll(opened);
  const began = performance.now();
  const done = { sessionId: session.id, serial: 1, seq: 1, status: 'done', delivery: null } as const;
  const mark = () => opened.store.finishWork('me', [done]);
  await mark().catch(mark);
  expect(performance.now() - began).toBeLessThan(9_000);
  expect(await opened.store.claimWork('other', LEASE + 1, LEASE + 2, 10)).toEqual([]);
});
