import { afterAll, expect, test } from 'vitest';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import type { Database } from '#storage/postgres/database.ts';
import { openDatabase } from '#storage/postgres/database.ts';
import { sessionsOf } from '#storage/postgres/sessions.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const { connectionString } = await createTestDatabase();
const lifecycle = createPostgresStore({ connectionString });
await lifecycle.ping();
const database = openDatabase({ connectionString });
afterAll(() => Promise.all([lifecycle.close(), database.close()]));

const asked: string[] = [];
const counting: Database = {
  ...database,
  query: (name, text, values) => {
    asked.push(name);
    return database.query(name, text, values);
  },
};

test('sessions that are asked for together come in one statement, each for who asked, the missing ones as such', async () => {
  const [a, b, missing] = [newSession(), newSession(), newSession()];
  await lifecycle.store.commit([turnOn(a), turnOn(b)], 'me', LEASE);
  const { load } = sessionsOf(counting);
  const at = await Promise.all([a, missing, b, a].map(({ address }) => load({ address })));
  expect(at.map((row) => row?.id)).toEqual([a.id, undefined, b.id, a.id]);
  const known = await Promise.all([b, missing, a].map(({ id }) => load({ id })));
  expect(known.map((row) => row?.address)).toEqual([b.address, undefined, a.address]);
  expect(asked).toEqual(['latest', 'load']);
});

test('what was loaded is not kept: the next one reads what is stored then', async () => {
  const session = newSession();
  const { load } = sessionsOf(counting);
  expect(await load({ address: session.address })).toBeUndefined();
  await lifecycle.store.commit([turnOn(session)], 'me', LEASE);
  expect(await load({ address: session.address })).toMatchObject({ id: session.id });
});
