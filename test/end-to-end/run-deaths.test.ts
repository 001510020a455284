/**
 * A process is killed while analyses are under way, each in another phase of its run. It is an app
 * that makes runs itself, an app beside an agent process, or the agent process. Every analysis is
 * delivered once, with its report, and each call to the model is charged once.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { joinEmbeddedPostgres } from '#storage/embedded/join.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { AnalystModel } from '#test/fakes/analyst-model.ts';
import { fakeFinancialModelingPrep } from '#test/fakes/financial-modeling-prep.ts';
import type { JsonProvider } from '#test/fakes/json-provider.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { Api } from './api.ts';
import { type AppProcess, startProcess } from './app-process.ts';
import { freePort } from './free-port.ts';
import { API_TOKEN } from './running-app.ts';
import { Visitor } from './visitor.ts';

/** Leases of a dead app run out in 15 seconds. */
const PATIENCE = { interval: 50 };
/** A call of 1,000 tokens. */
const CALL_MICROS = 1_000;
const CALLS = 3;

let model: AnalystModel;
let market: JsonProvider;
let folder: string;
let toolHeld: string | undefined;
let toolReleased = Promise.withResolvers<void>();
let toolStands = false;
const processes: AppProcess[] = [];
const visitors: Visitor[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statechat-deaths-'));
  model = await AnalystModel.start();
  market = await fakeFinancialModelingPrep('market-key', async ({ query }) => {
    if (query.get('symbol') !== toolHeld) return;
    toolStands = true;
    await toolReleased.promise;
  });
});
afterEach(async () => {
  release();
  for (const visitor of visitors.splice(0)) visitor.leave();
  await Promise.all(processes.splice(0).map((process) => process.end('SIGKILL')));
  await model.close();
  await market.close();
  // The PostgreSQL of a killed app ends by itself, and may still be writing.
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
});

function release(): void {
  model.release();
  toolHeld = undefined;
  toolStands = false;
  toolReleased.resolve();
  toolReleased = Promise.withResolvers();
}

async function start(
  command: 'start' | 'agent',
  settings: Readonly<Record<string, string>>,
): Promise<{ process: AppProcess; url: string }> {
  const app = startProcess(['src/main.ts', command], {
    PORT: '0',
    STATECHAT_DATA_DIR: folder,
    STATECHAT_API_TOKEN: API_TOKEN,
    ANTHROPIC_API_KEY: 'test-key',
    ANTHROPIC_BASE_URL: model.api.url,
    ANTHROPIC_MODEL: 'dear-1',
    STATECHAT_MODEL_PRICES: 'dear-1=0/1/0/0',
    FMP_API_KEY: 'market-key',
    FMP_BASE_URL: market.url,
    FMP_REQUESTS_PER_DAY: '100000',
    FMP_REQUESTS_PER_MINUTE: '100000',
    ...settings,
  });
  processes.push(app);
  const [, url = ''] = await app.printed(command === 'start' ? /Chat\s+(http:\S+)\/chat/ : /AGENT_URL=(http:\S+)/);
  return { process: app, url };
}

interface Customer {
  readonly symbol: string;
  readonly visitor: Visitor;
  readonly sessionId: string;
}

/** Opens the page of a visitor, until the test ends. */
async function followed(visitor: Visitor): Promise<Visitor> {
  visitors.push(visitor);
  await visitor.follow();
  return visitor;
}

/** The same customers with their pages at another app. Those at the app before are closed. */
function movedTo(url: string, all: readonly Customer[]): Promise<Customer[]> {
  for (const { visitor } of all) visitor.leave();
  return Promise.all(all.map(async (customer) => ({ ...customer, visitor: await followed(customer.visitor.at(url)) })));
}

/**
 * Four customers whose analyses halt before the model's first output, while it thinks, in a tool,
 * and in the middle of its text. The report of the last symbol may not compare its company with
 * that of the third, whose data would be there before its tool is called.
 */
async function customers(url: string, connectionString: string, symbols: readonly [string, string, string, string]): Promise<Customer[]> {
  const [starting, thinking, tool, writing] = symbols;
  model.hold(starting, 'starting');
  model.hold(thinking, 'thinking');
  model.hold(writing, 'writing');
  const begin = async (symbol: string): Promise<Customer> => {
    const visitor = await followed(await Visitor.arrive(url, { assistant: 'stock-analyst' }));
    const { sessionId } = await visitor.write(symbol);
    return { symbol, visitor, sessionId };
  };
  const others = await Promise.all([starting, thinking, writing].map(begin));
  await vi.waitFor(() => {
    for (const symbol of [starting, thinking, writing]) expect(model.stands(symbol), symbol).toBe(true);
    expect(others.at(-1)?.visitor.streamed.at(-1)).toContain('All in all');
  }, PATIENCE);
  // Last, because the tool gives up after ten seconds, and its run would go on without it.
  toolHeld = tool;
  const last = await begin(tool);
  await vi.waitFor(() => expect([toolStands, last.visitor.messages]).toEqual([true, [`customer: ${tool}`]]), PATIENCE);
  // The call before the tool has ended at the provider, and the process has charged it.
  expect(model.completed(tool)).toBe(1);
  await vi.waitFor(async () => expect((await ledgerOf(connectionString, [last])).get(last.sessionId)).toBe(CALL_MICROS), {
    ...PATIENCE,
    interval: 300,
  });
  return [...others, last];
}

/**
 * Each customer has received one analysis and its report, and nothing else. The session's count
 * equals the ledger's, dead attempts included, except for a call that was charged but not yet
 * reported when its process died (docs/reference/budgets.md).
 */
async function served(all: readonly Customer[], url: string, connectionString: string): Promise<void> {
  const api = new Api(url, API_TOKEN);
  for (const { symbol, visitor } of all) {
    const report = `assistant: ${symbol}-${new Date().toISOString().slice(0, 10)}.pdf`;
    const expected = [`customer: ${symbol}`, `assistant: ${AnalystModel.textOf(symbol)}`, report];
    await vi.waitFor(() => expect(visitor.messages, symbol).toEqual(expected), PATIENCE);
  }
  const spent = await ledgerOf(connectionString, all);
  for (const { symbol, sessionId } of all) {
    const { body } = await api.get(`/api/sessions/${sessionId}`);
    const charged = spent.get(sessionId) ?? Number.NaN;
    const counted = expect.toSatisfy(
      (micros: number) => micros === charged || micros === charged - CALL_MICROS,
      `${charged}, or a call less`,
    );
    expect(body).toMatchObject({
      snapshot: { snapshot: { context: { counters: { costMicros: counted, errors: 0 }, analysis: { args: symbol } } } },
    });
  }
}

/** Micro-dollars by session. */
async function ledgerOf(connectionString: string, all: readonly Customer[]): Promise<ReadonlyMap<string, number | undefined>> {
  const { ledger, close } = createPostgresStore({ connectionString });
  try {
    const balances = await ledger.balances(
      'default',
      all.map(({ sessionId }) => `session:${sessionId}`),
    );
    return new Map(all.map(({ sessionId }, index) => [sessionId, balances[index]?.spent.microDollars]));
  } finally {
    await close();
  }
}

/** What was charged is what the model's provider answered to its end. */
async function charged(connectionString: string, all: readonly Customer[]): Promise<void> {
  const { ledger, close } = createPostgresStore({ connectionString });
  try {
    for (const { symbol, sessionId } of all) {
      const [balance] = await ledger.balances('default', [`session:${sessionId}`]);
      expect(balance?.spent.microDollars, symbol).toBe(model.completed(symbol) * CALL_MICROS);
      expect(balance?.reserved.microDollars, symbol).toBe(0);
    }
  } finally {
    await close();
  }
}

/**
 * Whether the process logged that a run of the session failed because PostgreSQL did not answer.
 */
function failedIn({ lines }: AppProcess, sessionId: string): boolean {
  return lines.some((line) => line.includes(`"where":"run ${sessionId}.`) && line.includes('"type":"Unavailable"'));
}

describe('SIGKILL in each phase of a run', () => {
  it('of the app that makes the runs itself: they begin anew', async () => {
    const first = await start('start', {});
    const database = (await joinEmbeddedPostgres(folder)) ?? '';
    const all = await customers(first.url, database, ['AAPL', 'MSFT', 'NVDA', 'KO']);
    await first.process.end('SIGKILL');
    await model.abandoned();
    release();
    const second = await start('start', {});
    const same = await movedTo(second.url, all);
    // Messages that the visitors sent and received before do not come again.
    await vi.waitFor(
      () => expect(same.map(({ symbol, visitor }) => [symbol, visitor.messages.length])).toEqual(same.map(({ symbol }) => [symbol, 2])),
      PATIENCE,
    );
    const whole = same.map((customer, index) => ({
      ...customer,
      visitor: Object.assign(customer.visitor, { events: [...(all[index]?.visitor.events ?? []), ...customer.visitor.events] }),
    }));
    const restarted = (await joinEmbeddedPostgres(folder)) ?? '';
    await served(whole, second.url, restarted);
    await charged(restarted, all);
    // The model repeated the answers that the dead process had received, a call for NVDA and two
    // for KO.
    expect(['AAPL', 'MSFT', 'KO'].map((symbol) => model.completed(symbol))).toEqual([CALLS, CALLS, CALLS + 2]);
    expect(model.completed('NVDA')).toBeGreaterThan(CALLS);
  });

  it('of the app beside an agent process, and of that process', async () => {
    const { connectionString } = await createTestDatabase();
    const port = String(await freePort());
    const settings = { DATABASE_URL: connectionString, AGENT_PORT: port, AGENT_URL: `http://127.0.0.1:${port}` };
    let agent = await start('agent', settings);
    const first = await start('start', settings);

    // The app dies, and the runs continue without it. The next attempt finds their results and does
    // not repeat them.
    const orphans = await customers(first.url, connectionString, ['AAPL', 'MSFT', 'NVDA', 'KO']);
    await first.process.end('SIGKILL');
    release();
    const second = await start('start', settings);
    const found = await movedTo(second.url, orphans);
    for (const { symbol, visitor } of found) {
      const report = `assistant: ${symbol}-${new Date().toISOString().slice(0, 10)}.pdf`;
      await vi.waitFor(() => expect(visitor.messages, symbol).toEqual([`assistant: ${AnalystModel.textOf(symbol)}`, report]), PATIENCE);
    }
    await charged(connectionString, orphans);
    // A run that failed in the agent process is made again, with the calls that it had ended.
    for (const { symbol, sessionId } of orphans) {
      if (failedIn(agent.process, sessionId)) expect(model.completed(symbol), symbol).toBeGreaterThanOrEqual(CALLS);
      else expect(model.completed(symbol), symbol).toBe(CALLS);
    }

    // The agent process dies. Its runs are lost, and the next process begins them again.
    const lost = await customers(second.url, connectionString, ['AAPL', 'MSFT', 'ETEL', 'KO']);
    await agent.process.end('SIGKILL');
    await model.abandoned();
    release();
    agent = await start('agent', settings);
    await served(lost, second.url, connectionString);
    await charged(
      connectionString,
      lost.filter(({ symbol }) => symbol === 'ETEL'),
    );
  });
});
