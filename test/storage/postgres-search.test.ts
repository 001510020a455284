/** PostgreSQL finds by its index what the other stores find by reading. */
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import type { SearchHit } from '#storage/search.ts';
import { matchOf, parseQuery } from '#storage/search-query.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { indexAll } from '#test/contracts/store-search.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { MESSAGES, QUERIES } from './labelled-search.ts';

const { connectionString } = await createTestDatabase();
const { store, search, close } = createPostgresStore({ connectionString, onConnectionLost: () => {} });
afterAll(() => close());

const profileOf = (): string => '';

test('each labelled query finds the same messages as it does without an index', async () => {
  await store.commit([turnOn(newSession(), { journal: MESSAGES.map((text) => ({ text })) })], 'me', LEASE);
  await indexAll(search);
  for (const [text] of QUERIES) {
    const query = parseQuery(text);
    const kind = ({ entry, isNear }: SearchHit) => `${entry?.seq} ${isNear ? 'near' : 'exact'}`;
    const { items, next } = await search.search({ query, filter: {}, limit: 100, profileOf });
    const expected = MESSAGES.flatMap((message, index) => {
      const match = matchOf(message, query);
      return match === undefined ? [] : [`${index + 1} ${match}`];
    });
    expect([text, ...items.map(kind).sort()]).toEqual([text, ...expected.sort()]);
    expect(next).toBeNull();
  }
});

test('a page of common words goes on where the walk stopped, and ends', async () => {
  const words = Array.from({ length: 40 }, (_, index) => `note ${index}`);
  for (let round = 0; round < 150; round += 1) {
    await store.commit([turnOn(newSession(), { journal: words.map((text) => ({ text })) })], 'me', LEASE);
  }
  await indexAll(search);
  const found = new Set<string>();
  let cursor: string | undefined;
  do {
    const request = { query: parseQuery('note'), filter: {}, limit: 200, profileOf };
    const page = await search.search(cursor === undefined ? request : { ...request, cursor });
    for (const { sessionId, entry } of page.items) found.add(`${sessionId}.${entry?.seq}`);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  expect(found.size).toBe(6_000);
});

test('a page of common words in a range of time reads a part of the index, and does not sort it', async () => {
  const watcher = new pg.Client({ connectionString });
  await watcher.connect();
  await watcher.query('analyze search');
  const read = async (): Promise<number> => {
    const { rows } = await watcher.query(`select idx_tup_read::int as read from pg_stat_user_indexes where indexrelname = 'search_pkey'`);
    return rows[0].read;
  };
  const before = await read();
  const own = createPostgresStore({ connectionString, onConnectionLost: () => {} });
  const request = { query: parseQuery('note'), filter: { from: 0, to: Number.MAX_SAFE_INTEGER }, limit: 50, profileOf };
  expect((await own.search.search(request)).items).toHaveLength(50);
  // Counts arrive when the connections that made them end.
  await own.close();
  await expect.poll(read).toBeGreaterThan(before);
  expect((await read()) - before).toBeLessThan(1_000);
  await watcher.end();
});
