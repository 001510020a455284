/**
 * Real MCP clients hold analysis sessions with the whole program, over streamable HTTP and over
 * stdio, in both revisions of the protocol.
 */
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { JumpingClock } from './jumping-clock.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HOUR = 60;

const MODES = { '2026-07-28': { pin: '2026-07-28' }, '2025-11-25': 'legacy' } as const;
type Revision = keyof typeof MODES;

let app: RunningApp;
let clock: JumpingClock;
const clients: Client[] = [];

beforeAll(async () => {
  clock = new JumpingClock();
  app = await runApp({ SESSION_STORAGE_TYPE: 'memory' }, { clock });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await app?.stop();
});

async function connected(transport: 'http' | 'stdio', revision: Revision): Promise<Client> {
  const client = new Client({ name: 'a-test', version: '1.0.0' }, { versionNegotiation: { mode: MODES[revision] } });
  clients.push(client);
  if (transport === 'http') {
    const headers = { authorization: `Bearer ${API_TOKEN}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`), { requestInit: { headers } }));
  } else {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, STATECHAT_MCP_URL: app.url, STATECHAT_MCP_TOKEN: API_TOKEN, LOG_LEVEL: 'info' };
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [PROGRAM, 'mcp'], env, stderr: 'pipe' }));
  }
  return client;
}

const textOf = (content: readonly unknown[]) => z.array(z.looseObject({ text: z.string().optional() })).parse(content)[0]?.text ?? '';

/** Calls a tool that has to succeed. */
async function call(client: Client, name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name, arguments: args });
  expect([name, result.isError ?? false, textOf(result.content)]).toEqual([name, false, expect.any(String)]);
  return z.record(z.string(), z.unknown()).parse(result.structuredContent);
}

/** Calls a tool that has to fail. */
async function problemOf(client: Client, name: string, args: Record<string, unknown>) {
  const result = await client.callTool({ name, arguments: args });
  expect([name, result.isError]).toEqual([name, true]);
  const problem = z.looseObject({ code: z.string(), detail: z.string() }).parse(result._meta?.['statechat/problem']);
  expect(textOf(result.content)).toContain(problem.detail);
  return problem;
}

const idOf = (session: Record<string, unknown>): string => z.uuid().parse(session.session_id);

const SESSION = { kind: 'comparative', title: 'Two makers of phones', state: 'ACTIVE', queries: 0, queries_left: 1_000, hours_left: 144 };

describe.each(['http', 'stdio'] as const)('over %s', (transport) => {
  describe.each(['2026-07-28', '2025-11-25'] as const)('in revision %s', (revision) => {
    it('holds a whole analysis session', async () => {
      const client = await connected(transport, revision);
      expect(client.getServerVersion()).toMatchObject({ name: 'statechat' });
      expect(client.getNegotiatedProtocolVersion()).toBe(revision);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).sort()).toEqual([
        'create-analysis-session',
        'extend-session',
        'get-session-analytics',
        'get-session-info',
        'list-sessions',
        'search-by-coin',
        'search-by-symbol',
      ]);
      for (const { inputSchema, outputSchema } of tools) expect([inputSchema.type, outputSchema?.type]).toEqual(['object', 'object']);

      const created = await call(client, 'create-analysis-session', { kind: 'comparative', title: 'Two makers of phones' });
      expect(created).toMatchObject(SESSION);
      const session_id = idOf(created);
      const steps: number[] = [];
      const found = await client.callTool(
        { name: 'search-by-symbol', arguments: { session_id, symbol: 'aapl', include: ['company', 'quote', 'quarters'] } },
        { onprogress: ({ progress }) => void steps.push(progress) },
      );
      expect(textOf(found.content)).toMatch(/^AAPL .* \(sample data, invented\)\. The session can record 999 more queries\.$/);
      expect(found.structuredContent).toMatchObject({
        session: { queries: 1 },
        query: { type: 'symbol', subject: 'AAPL', outcome: 'found', parameters: { include: ['company', 'quote', 'quarters'] } },
        result: { symbol: 'AAPL', company: { source: { sample: true } }, quote: { currency: 'USD' }, quarters: expect.any(Array) },
      });
      expect(steps).toEqual(transport === 'http' ? [0, 1, 2, 3] : [0]);
      const again = await call(client, 'search-by-symbol', { session_id, symbol: 'AAPL' });
      expect(again).toMatchObject({ query: { cache_hit: true } });
      expect(await call(client, 'search-by-coin', { session_id, coin: 'BTC-USD' })).toMatchObject({
        query: { type: 'coin', subject: 'BTC' },
        result: { coin: { circulating_supply: expect.any(Number) } },
      });
      expect(await problemOf(client, 'search-by-symbol', { session_id, symbol: 'ZZZZ' })).toMatchObject({ code: 'invalid_input' });
      expect(await call(client, 'extend-session', { session_id, hours: 100 })).toMatchObject({ hours_left: 44 });
      expect(await problemOf(client, 'extend-session', { session_id, hours: 45 })).toMatchObject({ code: 'ttl_limit' });
      expect(await call(client, 'get-session-analytics', { session_id })).toMatchObject({
        queries: 4,
        failures: 1,
        by_type: { symbol: 3, coin: 1 },
        top: [{ symbol: 'AAPL', queries: 2 }, expect.anything(), expect.anything()],
      });
      expect(await call(client, 'get-session-info', { session_id })).toMatchObject({
        recent: [{ number: 1, subject: 'AAPL' }, { number: 2 }, { number: 3 }, { number: 4, outcome: 'invalid_input' }],
      });
      const listed = await call(client, 'list-sessions', { open: true, limit: 100 });
      expect(listed.sessions).toContainEqual(expect.objectContaining({ session_id, queries: 4 }));

      const { resources } = await client.listResources();
      expect(resources.map(({ uri }) => uri)).toEqual(
        expect.arrayContaining([`statechat://analysis-sessions/${session_id}`, `statechat://analysis-sessions/${session_id}/report`]),
      );
      const { resourceTemplates } = await client.listResourceTemplates();
      expect(resourceTemplates).toHaveLength(2);
      const { contents } = await client.readResource({ uri: `statechat://analysis-sessions/${session_id}/report` });
      expect(textOf(contents)).toContain('| symbol | AAPL | AAPL ');
      const ref = { type: 'ref/resource', uri: 'statechat://analysis-sessions/{session_id}' } as const;
      const { completion } = await client.complete({ ref, argument: { name: 'session_id', value: session_id.slice(0, 8) } });
      expect(completion.values).toContain(session_id);

      const { prompts } = await client.listPrompts();
      expect(prompts.map(({ name }) => name)).toEqual(['analyse-symbol', 'compare-symbols', 'hand-over-brief']);
      const brief = await client.getPrompt({ name: 'hand-over-brief', arguments: { session_id } });
      expect(JSON.stringify(brief.messages[0])).toContain('Two makers of phones');
    });
  });
});

it('expires by its durable timer, and says so', async () => {
  const client = await connected('http', '2026-07-28');
  const session_id = idOf(await call(client, 'create-analysis-session', { ttl_hours: 2 }));
  await call(client, 'extend-session', { session_id, hours: 1 });
  clock.jump(2.5 * HOUR);
  expect(await call(client, 'get-session-info', { session_id })).toMatchObject({ state: 'ACTIVE' });
  clock.jump(HOUR);
  expect(await problemOf(client, 'search-by-coin', { session_id, coin: 'BTC' })).toMatchObject({ code: 'expired' });
  await vi.waitFor(async () => expect(await app.api.session(session_id)).toMatchObject({ state: 'EXPIRED', open: false }), PATIENCE);
  expect(await problemOf(client, 'extend-session', { session_id })).toMatchObject({ code: 'expired' });
  expect(await call(client, 'get-session-info', { session_id })).toMatchObject({ state: 'EXPIRED', queries_left: 0 });
});

it('lives for 24 hours, and for 168 at most, however often it is extended', async () => {
  const client = await connected('http', '2026-07-28');
  const usual = idOf(await call(client, 'create-analysis-session', {}));
  const longest = idOf(await call(client, 'create-analysis-session', { ttl_hours: 100 }));
  await call(client, 'extend-session', { session_id: longest, hours: 68 });
  expect(await problemOf(client, 'extend-session', { session_id: longest, hours: 1 })).toMatchObject({ code: 'ttl_limit' });
  const stateOf = async (session_id: string) => (await call(client, 'get-session-info', { session_id })).state;
  clock.jump(23.9 * HOUR);
  expect([await stateOf(usual), await stateOf(longest)]).toEqual(['ACTIVE', 'ACTIVE']);
  clock.jump(0.2 * HOUR);
  expect([await stateOf(usual), await stateOf(longest)]).toEqual(['EXPIRED', 'ACTIVE']);
  clock.jump(143.8 * HOUR);
  expect(await stateOf(longest)).toBe('ACTIVE');
  clock.jump(0.2 * HOUR);
  expect(await stateOf(longest)).toBe('EXPIRED');
});
