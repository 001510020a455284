/**
 * Operations on analysis sessions, over real actors in memory and a source that the test controls.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Registry } from '#actors/contract/registry.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { cached } from '#assistants/stock-analyst/market-data/cached.ts';
import { refusedBy } from '#assistants/stock-analyst/market-data/failures.ts';
import type { MarketData } from '#assistants/stock-analyst/market-data/port.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { HOUR_MS, MAX_QUERIES, MAX_TTL_HOURS } from '#machines/analysis-session/limits.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { parseSessionId } from '#machines/ids.ts';
import { agentCaller } from '#src/agents/scopes.ts';
import { analysisSessions } from '#src/assistants/analysis-sessions.ts';
import { sessionIds } from '#src/cluster/session-ids.ts';
import { analysisOwner } from '#src/operations/analysis-owner.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import type { OperationContext } from '#src/operations/context.ts';
import { type Operation, runOperation } from '#src/operations/operation.ts';
import { operations } from '#src/operations/operations.ts';
import { testContext } from './test-context.ts';

let now = Date.UTC(2026, 10, 29);
let runtime: TestRuntime;
let context: OperationContext;
let audited: ReturnType<typeof testContext>['audited'];
let source: MarketData;

const amira = agentCaller({ id: 'amira', name: 'Amira', role: 'agent' });

beforeEach(() => {
  source = sampleMarketData();
  // The source of a test is the one that it last set.
  const current: MarketData = {
    ...source,
    company: (...args) => source.company(...args),
    quote: (...args) => source.quote(...args),
    coin: (...args) => source.coin(...args),
  };
  const opened = testContext({ now: () => now, analysisData: cached(current) });
  const { store, addresses } = opened.lifecycle;
  runtime = new TestRuntime({
    store,
    addresses,
    registry: new Registry({ assistants: [analysisSessions], effects: [] }),
    owner: 'a',
    newSessionId: sessionIds(() => now),
    clock: { now: () => now, after: () => () => {} },
  });
  context = { ...opened.context, actors: runtime };
  audited = opened.audited;
});
afterEach(() => runtime.abandon());

type Result = Readonly<Record<string, unknown>>;

async function run(operation: Operation, input: object = {}, more: Partial<OperationContext> = {}): Promise<Result> {
  return Object.fromEntries(Object.entries(await runOperation(operation, { ...context, ...more }, () => input)));
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof StatechatError ? error.code : String(error);
}

async function created(input: object = {}, more: Partial<OperationContext> = {}): Promise<string> {
  const { sessionId } = await run(operations['analysis_sessions.create'], input, more);
  return parseSessionId(String(sessionId));
}

describe('an analysis session', () => {
  it('is a session of the program, at an address of its own, with its queries in the journal', async () => {
    const sessionId = await created({ kind: 'crypto' });
    await run(operations['analysis_sessions.search_coin'], { sessionId, coin: 'BTC' });
    const row = await context.store.load({ id: parseSessionId(sessionId) });
    expect(row).toMatchObject({ state: 'ACTIVE', handler: 'none', tags: ['owner:token', 'crypto'], open: true });
    expect(row?.address).toMatch(/^mcp:token:[0-9a-f-]{36}$/);
    expect(row?.wakeAt).toBe(now + 24 * HOUR_MS);
    const { entries } = await run(operations['sessions.history'], { sessionId });
    expect(entries).toContainEqual(
      expect.objectContaining({ kind: 'query', author: 'assistant', text: expect.stringContaining('BTC Bitcoin') }),
    );
  });

  it('is created once under one idempotency key, for each caller', async () => {
    const input = { idempotencyKey: 'a-key' };
    const ids = await Promise.all([created(input), created(input), created(input, { caller: amira })]);
    expect(new Set(ids).size).toBe(2);
    expect(await created(input)).toBe(ids[0]);
  });

  it('belongs to its caller alone, whatever the operation', async () => {
    const sessionId = await created();
    const others = [
      ['get', {}],
      ['analytics', {}],
      ['queries', {}],
      ['report', {}],
      ['extend', {}],
      ['search_symbol', { symbol: 'AAPL' }],
      ['search_coin', { coin: 'BTC' }],
    ] as const;
    for (const [name, input] of others) {
      const operation = operations[`analysis_sessions.${name}`];
      expect([name, await codeOf(run(operation, { ...input, sessionId }, { caller: amira }))]).toEqual([name, 'not_found']);
      expect([name, await codeOf(run(operation, { ...input, sessionId: 'nonsense' }))]).toEqual([name, 'not_found']);
    }
    expect(await run(operations['analysis_sessions.list'], {}, { caller: amira })).toEqual({ sessions: [], next: null });
    expect(await run(operations['analysis_sessions.get'], { sessionId })).toMatchObject({ queries: 0 });
  });

  it('needs a scope of its own, and tells a caller without it nothing', async () => {
    const caller = { ...tokenCaller('admin'), scopes: new Set(['analysis:read'] as const) };
    expect(await codeOf(run(operations['analysis_sessions.create'], { surprise: 1 }, { caller }))).toBe('forbidden');
    expect(await run(operations['analysis_sessions.list'], {}, { caller })).toMatchObject({ sessions: [] });
    expect(audited.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
      'analysis_sessions.create forbidden',
      'analysis_sessions.list done',
    ]);
  });

  it('lists pages, and open ones apart from others', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      now += 1_000;
      ids.unshift(await created({ ttlHours: n === 0 ? 1 : 24 }));
    }
    const first = await run(operations['analysis_sessions.list'], { limit: 3 });
    const second = await run(operations['analysis_sessions.list'], { limit: 3, cursor: first.next });
    const idsOf = ({ sessions }: Result) =>
      Array.isArray(sessions) ? sessions.map((one) => String(Reflect.get(Object(one), 'sessionId'))) : [];
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
    expect(second.next).toBeNull();
    now += HOUR_MS;
    await runtime.wakeDue();
    await expect.poll(async () => idsOf(await run(operations['analysis_sessions.list'], { open: true }))).toEqual(ids.slice(0, 4));
    expect(idsOf(await run(operations['analysis_sessions.list'], { open: false }))).toEqual(ids.slice(4));
  });

  it('expires by its timer, and refuses before the timer is served', async () => {
    const sessionId = await created({ ttlHours: 1 });
    now += HOUR_MS;
    expect(await run(operations['analysis_sessions.get'], { sessionId })).toMatchObject({ state: 'EXPIRED', queriesLeft: 0, hoursLeft: 0 });
    const search = () => codeOf(run(operations['analysis_sessions.search_symbol'], { sessionId, symbol: 'AAPL' }));
    const extend = () => codeOf(run(operations['analysis_sessions.extend'], { sessionId }));
    expect([await search(), await extend()]).toEqual(['expired', 'expired']);
    now += HOUR_MS;
    await runtime.wakeDue();
    await expect.poll(() => context.store.load({ id: parseSessionId(sessionId) })).toMatchObject({ state: 'EXPIRED', open: false });
    expect([await search(), await extend()]).toEqual(['expired', 'expired']);
    const closed = await created();
    await runtime.deliver({ sessionId: parseSessionId(closed) }, { type: 'close', at: now, by: 'amira' });
    expect(await codeOf(run(operations['analysis_sessions.search_symbol'], { sessionId: closed, symbol: 'AAPL' }))).toBe('closed');
    expect(await codeOf(run(operations['analysis_sessions.extend'], { sessionId: closed }))).toBe('closed');
  });

  it(`records ${MAX_QUERIES} queries, also of callers at once, and refuses the next one before it costs anything`, async () => {
    const sessionId = parseSessionId(await created());
    const query = { type: 'symbol', subject: 'AAPL', parameters: {}, summary: 'AAPL', durationMs: 1, cacheHit: true, outcome: 'found' };
    const deliver = () => runtime.deliver({ sessionId }, { type: 'query', at: now, query });
    await Promise.all(Array.from({ length: MAX_QUERIES - 1 }, deliver));
    const search = () => run(operations['analysis_sessions.search_symbol'], { sessionId, symbol: 'AAPL' });
    const both = await Promise.all([codeOf(search()), codeOf(search())]);
    expect(both.sort()).toEqual(['query_limit', 'undefined']);
    let requests = 0;
    source = { ...source, coin: async () => Promise.reject(new Error(`request ${++requests}`)) };
    expect(await codeOf(run(operations['analysis_sessions.search_coin'], { sessionId, coin: 'BTC' }))).toBe('query_limit');
    expect(requests).toBe(0);
    expect(await run(operations['analysis_sessions.analytics'], { sessionId })).toMatchObject({ queries: MAX_QUERIES, queriesLeft: 0 });
    const { markdown } = await run(operations['analysis_sessions.report'], { sessionId });
    expect(String(markdown).match(/^\| 2026/gm)).toHaveLength(MAX_QUERIES);
  });
});

describe('a search', () => {
  it('records what failed, with the code of the error, and says what to do', async () => {
    const sessionId = await created();
    const search = (symbol: string) =>
      codeOf(run(operations['analysis_sessions.search_symbol'], { sessionId, symbol, include: ['quote'] }));
    expect(await search('ZZZZ')).toBe('invalid_input');
    expect(await search('BTC')).toBe('invalid_input');
    source = { ...source, quote: () => Promise.reject(new Unavailable('Sample takes no more requests right now.')) };
    expect(await search('AAPL')).toBe('unavailable');
    source = { ...source, quote: () => Promise.reject(refusedBy('Sample', 'wrong key 123', 'Check it.')) };
    const refused = await run(operations['analysis_sessions.search_symbol'], { sessionId, symbol: 'AAPL', include: ['quote'] }).catch(
      String,
    );
    expect(refused).toContain('refuses the request');
    expect(refused).not.toContain('123');
    const { recent } = await run(operations['analysis_sessions.get'], { sessionId });
    expect(recent).toMatchObject(['invalid_input', 'invalid_input', 'unavailable', 'no_data'].map((outcome) => ({ outcome })));
    expect(await run(operations['analysis_sessions.analytics'], { sessionId })).toMatchObject({
      failures: 4,
      cacheHits: 0,
      cacheHitRate: 0,
    });
  });

  it('is recorded once under its key, which a failure leaves for the next attempt', async () => {
    const sessionId = await created();
    const input = { sessionId, symbol: 'AAPL', include: ['quote'], idempotencyKey: 'a-key' };
    const search = () => run(operations['analysis_sessions.search_symbol'], input);
    const { quote } = source;
    source = { ...source, quote: () => Promise.reject(new Unavailable('Sample takes no more requests right now.')) };
    expect([await codeOf(search()), await codeOf(search())]).toEqual(['unavailable', 'unavailable']);
    source = { ...source, quote };
    const twins = await Promise.all([search(), search()]);
    expect([...twins, await search()]).toMatchObject(Array(3).fill({ session: { queries: 2 }, result: { symbol: 'AAPL' } }));
    const { recent } = await run(operations['analysis_sessions.get'], { sessionId });
    expect(recent).toMatchObject([{ outcome: 'unavailable' }, { outcome: 'found' }]);

    const extend = () => run(operations['analysis_sessions.extend'], { sessionId, hours: 5, idempotencyKey: 'another' });
    expect([await extend(), await extend()]).toMatchObject(Array(2).fill({ hoursLeft: MAX_TTL_HOURS - 29 }));
  });

  it('says whether anything was requested', async () => {
    const sessionId = await created();
    const search = async (include: readonly string[]) => {
      const { query } = await run(operations['analysis_sessions.search_symbol'], { sessionId, symbol: 'MSFT', include });
      return Reflect.get(Object(query), 'cacheHit');
    };
    expect([
      await search(['quote']),
      await search(['quote']),
      await search(['quote', 'company']),
      await search(['quote', 'company']),
    ]).toEqual([false, true, false, true]);
  });

  it('reports its steps, and can be cancelled, which is recorded too', async () => {
    const sessionId = await created();
    const steps: string[] = [];
    const leaving = new AbortController();
    source = {
      ...source,
      quote: async () => {
        leaving.abort(new Error('left'));
        return new Promise(() => {});
      },
    };
    const search = run(
      operations['analysis_sessions.search_symbol'],
      { sessionId, symbol: 'AAPL', include: ['quote', 'company'] },
      { signal: leaving.signal, onProgress: ({ done, total, message }) => void steps.push(`${done}/${total} ${message}`) },
    );
    expect(await codeOf(search)).toBe('cancelled');
    expect(steps).toEqual(['0/3 reading company', '1/3 reading quote']);
    const { recent } = await run(operations['analysis_sessions.get'], { sessionId });
    expect(recent).toMatchObject([{ outcome: 'cancelled' }]);
  });

  it('puts no markup of a title or a symbol into the report', async () => {
    const sessionId = await created({ title: '# Look | [here](https://example.com) <script>' });
    await codeOf(run(operations['analysis_sessions.search_symbol'], { sessionId, symbol: '|[x](y)|' }));
    const { markdown } = await run(operations['analysis_sessions.report'], { sessionId });
    expect(markdown).toContain('# \\# Look \\| \\[here\\](https://example.com) \\<script\\>');
    expect(markdown).toContain('| symbol | \\|\\[x\\](y)\\| | invalid\\_input: ');
  });
});

it('gives every caller a key that an address can have', () => {
  expect(analysisOwner(tokenCaller('anyone'))).toBe('token');
  const token = { id: '9f2c', requestsPerMinute: null };
  expect(analysisOwner({ ...tokenCaller('anyone'), token })).toBe('token.9f2c');
  expect(analysisOwner(amira)).toBe('agent.amira');
  const strange = analysisOwner({ kind: 'agent', agent: { id: 'a:b c', name: '' } });
  expect(strange).toMatch(/^agent\.[0-9a-f]{40}$/);
  expect(analysisOwner({ kind: 'agent', agent: { id: 'a:b d', name: '' } })).not.toBe(strange);
});
