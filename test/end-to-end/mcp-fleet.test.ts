/**
 * An analysis session over two processes on one PostgreSQL and one Redis. The one that answers is
 * killed in the middle, and the client goes on at the other.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { Fleet } from './fleet.ts';
import { API_TOKEN } from './running-app.ts';

const { connectionString } = await createTestDatabase();
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

let fleet: Fleet | undefined;
const clients: Client[] = [];
afterEach(async () => {
  await Promise.allSettled(clients.splice(0).map((client) => client.close()));
  await fleet?.end();
});

const MODES = { '2026-07-28': { pin: '2026-07-28' }, '2025-11-25': 'legacy' } as const;
const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'GOOGL'];
const QUERIES = 40;
/** Queries that are under way at once. */
const AT_ONCE = 6;
/** After which the first instance is killed. */
const BEFORE = 10;

const searched = z.object({ query: z.object({ subject: z.string(), outcome: z.literal('found') }) });

async function connected(url: string, revision: keyof typeof MODES): Promise<Client> {
  const client = new Client({ name: 'a-test', version: '1.0.0' }, { versionNegotiation: { mode: MODES[revision] } });
  clients.push(client);
  const requestInit = { headers: { authorization: `Bearer ${API_TOKEN}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  return client;
}

it.each(['2026-07-28', '2025-11-25'] as const)('in revision %s loses no query, and records none twice', async (revision) => {
  fleet = new Fleet({ settings: { DATABASE_URL: connectionString, REDIS_URL: redis.url }, wordMs: 1 });
  const [first, second] = await fleet.launch(2);
  if (!first || !second) throw new Error('not started');
  const here = await connected(first.url, revision);
  const there = await connected(second.url, revision);
  const create = { name: 'create-analysis-session', arguments: { title: 'Over two instances', idempotency_key: `a-${revision}` } };
  const { session_id } = z.object({ session_id: z.uuid() }).parse((await here.callTool(create)).structuredContent);
  // The other instance leads to the same session.
  expect((await there.callTool(create)).structuredContent).toMatchObject({ session_id });

  let answered = 0;
  let repeated = 0;
  let killed: Promise<unknown> | undefined;
  const search = async (n: number): Promise<void> => {
    const symbol = SYMBOLS[n % SYMBOLS.length] ?? '';
    const call = { name: 'search-by-symbol', arguments: { session_id, symbol, idempotency_key: `query-${n}` } };
    const result = await here.callTool(call).catch(() => {
      repeated += 1;
      return there.callTool(call);
    });
    expect(searched.parse(result.structuredContent).query.subject).toBe(symbol);
    answered += 1;
    if (answered === BEFORE) killed = first.process.end('SIGKILL');
  };
  const left = Array.from({ length: QUERIES }, (_, n) => n);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let n = left.shift(); n !== undefined; n = left.shift()) await search(n);
    }),
  );
  await killed;
  expect(repeated).toBeGreaterThan(QUERIES - BEFORE - 2 * AT_ONCE);

  // As an answer that was lost on its way.
  const again = { name: 'search-by-symbol', arguments: { session_id, symbol: 'AAPL', idempotency_key: 'query-0' } };
  expect((await there.callTool(again)).structuredContent).toMatchObject({ session: { queries: QUERIES } });
  const counted = await there.callTool({ name: 'get-session-analytics', arguments: { session_id } });
  expect(counted.structuredContent).toMatchObject({ queries: QUERIES, failures: 0, symbols: SYMBOLS.length });
  const { entries } = z
    .object({ entries: z.array(z.object({ kind: z.string(), eventId: z.string().nullable() })) })
    .parse((await second.api.get(`/api/sessions/${session_id}/history?limit=1000`)).body);
  const ids = entries.filter(({ kind }) => kind === 'query').map(({ eventId }) => eventId);
  expect(ids.toSorted()).toEqual(Array.from({ length: QUERIES }, (_, n) => `api:query-${n}`).toSorted());
});
