import { afterAll, beforeEach, expect, test } from 'vitest';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { freeLeases } from '#storage/postgres/free-leases.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const { connectionString } = await createTestDatabase();
const lifecycle = createPostgresStore({ connectionString });
afterAll(() => lifecycle.close());

/** Work that a process committed which then died. */
async function leftBehind(): Promise<void> {
  const dead = createPostgresStore({ connectionString });
  const session = newSession();
  await dead.store.commit([turnOn(session, { work: [{ serial: 1, lane: session.address }, { serial: 2 }] })], 'dead', LEASE);
  await dead.archive.lease('chore', 'dead', NOW, LEASE);
  await dead.close();
}

beforeEach(leftBehind);

test('work of the dead is free at once, for who is alone', async () => {
  // The connections of `dead` end a moment after it has closed them.
  await expect.poll(() => freeLeases(connectionString)).toBe(2);
  expect(await lifecycle.store.claimWork('me', NOW, LEASE, 10)).toHaveLength(2);
  expect(await lifecycle.archive.lease('chore', 'me', NOW, LEASE)).toBe(true);
});

test('nothing is freed while anybody else is connected', async () => {
  await lifecycle.ping();
  expect(await freeLeases(connectionString)).toBe(0);
  expect(await lifecycle.store.claimWork('me', NOW, LEASE, 10)).toEqual([]);
  expect(await lifecycle.archive.lease('chore', 'other', NOW, LEASE)).toBe(false);
});
