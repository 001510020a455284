/**
 * Budgets (SPEC A6) from outside. The real app and the real SDK run before a server that speaks the
 * Messages API.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { ConfigError } from '#src/config/config.ts';
import { FakeMessagesApi, type Reply, says } from '#test/fakes/messages-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { Api } from './api.ts';
import { type AppProcess, startProcess } from './app-process.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { Visitor } from './visitor.ts';

const { connectionString } = await createTestDatabase();
let model: FakeMessagesApi;
const running: RunningApp[] = [];
beforeEach(async () => {
  model = await FakeMessagesApi.start();
});
afterEach(async () => {
  for (const app of running.splice(0)) await app.stop();
  await model.close();
});

async function start(settings: Readonly<Record<string, string>>): Promise<RunningApp> {
  const app = await runApp(
    {
      DATABASE_URL: connectionString,
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: model.url,
      // A thousand output tokens cost a dollar, so an answer may cost 4.096 dollars. Input is free.
      ANTHROPIC_MODEL: 'dear-1',
      STATECHAT_MODEL_PRICES: 'dear-1=0/1000/0/0',
      ...settings,
    },
    { policy: { debounceMs: 0 } },
  );
  running.push(app);
  return app;
}

const shownCounters = z.object({
  snapshot: z.object({ snapshot: z.object({ context: z.object({ counters: z.object({ costMicros: z.number(), errors: z.number() }) }) }) }),
});

/** Costs 3 dollars. */
const answer = (text: string): Reply => says([text], { start: { input_tokens: 20, output_tokens: 1 }, end: { output_tokens: 3_000 } });

async function hears(visitor: Visitor, ...messages: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(visitor.messages.slice(-messages.length)).toEqual(messages), PATIENCE);
}

const SPENT = 'assistant: I have reached the limit of what I may do in this conversation. If you need a human, write /agent.';

describe('budgets', () => {
  test('the call that would exceed one is not made, the customer is told, and a restart forgets nothing', async () => {
    model.otherwise(answer('Gladly.'));
    const settings = { STATECHAT_BUDGET_SESSION_USD: '7' };
    const first = await start(settings);
    const visitor = await first.visitor();
    await visitor.listen();
    const { sessionId } = await visitor.write('one');
    await hears(visitor, 'customer: one', 'assistant: Gladly.');
    await visitor.write('two');
    await hears(visitor, 'customer: two', SPENT);
    expect(model.requests).toHaveLength(1);
    const shown = await first.api.get(`/api/sessions/${sessionId}`);
    expect(shown.body).toMatchObject({ snapshot: { snapshot: { context: { counters: { costMicros: 3_000_000 } } } } });
    const { text: metrics } = await first.api.get('/metrics');
    expect(metrics).toContain('statechat_cost_dollars_total 3\n');
    expect(first.log.join('')).toContain('the budget of the session is spent: $3.0000 of $7.0000');
    await running.pop()?.stop();

    const second = await start(settings);
    const same = visitor.at(second.url);
    await same.listen();
    await same.write('three', 'm3');
    await hears(same, 'customer: three', SPENT);
    expect(model.requests).toHaveLength(1);
    // Another customer's session is not concerned.
    const other = await second.visitor();
    await other.listen();
    await other.write('four');
    await hears(other, 'assistant: Gladly.');
    same.leave();
  });

  test('the session counts what runs cost that failed or were stopped, as the ledger does', async () => {
    const app = await start({ STATECHAT_BUDGET_SESSION_USD: '100' });
    const visitor = await app.visitor();
    await visitor.listen();
    // The answer breaks off twice in the middle. Both attempts are charged.
    model.otherwise(async (writer, response) => {
      writer.start({ input_tokens: 20, output_tokens: 1 }).text('Once upon a time there was a very long answer');
      await new Promise((resolve) => response.write(': on its way\n\n', resolve));
      response.destroy();
    });
    const { sessionId } = await visitor.write('one');
    await hears(visitor, 'customer: one', 'system: Sorry, something went wrong and I could not answer. Please try again.');
    const counters = async () => {
      const { body } = await app.api.get(`/api/sessions/${sessionId}`);
      return shownCounters.parse(body).snapshot.snapshot.context.counters;
    };
    const dollars = async () => Number(/^statechat_cost_dollars_total (\S+)/m.exec((await app.api.get('/metrics')).text)?.[1]);
    const { costMicros: failed, errors } = await counters();
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBe(Math.round((await dollars()) * 1_000_000));
    expect(errors).toBe(1);

    model.otherwise((writer) => {
      writer.start({ input_tokens: 20, output_tokens: 1 }).text('And so it went on and on');
      return new Promise(() => undefined);
    });
    const before = model.requests.length;
    await visitor.write('two');
    await vi.waitFor(() => expect(model.requests.length).toBeGreaterThan(before), PATIENCE);
    await vi.waitFor(() => expect(visitor.streamed.at(-1)).toContain('And so it went'), PATIENCE);
    await visitor.write('/stop');
    await vi.waitFor(async () => expect((await counters()).costMicros).toBeGreaterThan(failed), PATIENCE);
    // A rendering of the metrics is served for a second.
    await vi.waitFor(async () => expect(Math.round((await dollars()) * 1_000_000)).toBe((await counters()).costMicros), PATIENCE);
    expect((await counters()).errors).toBe(1);
    visitor.leave();
  });

  test('customers who write at once cannot spend more together, and a human takes over where one is wanted', async () => {
    const held = Promise.withResolvers<void>();
    model.otherwise(async (writer, response) => {
      await held.promise;
      await answer('Here you are.')(writer, response);
    });
    const app = await start({
      SESSION_STORAGE_TYPE: 'memory',
      DATABASE_URL: '',
      STATECHAT_BUDGET_TENANT_USD: '10',
      STATECHAT_BUDGET_SPENT: 'human',
    });
    const visitors = await Promise.all(Array.from({ length: 6 }, () => app.visitor()));
    await Promise.all(
      visitors.map(async (visitor) => {
        await visitor.listen();
        await visitor.write('hello');
      }),
    );
    const refused =
      'assistant: I cannot answer right now, because there are too many requests. Please try again later. A colleague can help you.';
    // Two of 4.096 dollars fit into ten.
    await vi.waitFor(() => expect(visitors.filter(({ messages }) => messages.includes(refused))).toHaveLength(4), PATIENCE);
    // What they may cost is set aside before they are asked.
    await vi.waitFor(() => expect(model.requests).toHaveLength(2), PATIENCE);
    await vi.waitFor(async () => expect((await app.api.sessions('?state=WAITING_AGENT')).length).toBe(4), PATIENCE);
    held.resolve();
    await vi.waitFor(
      () => expect(visitors.filter(({ messages }) => messages.includes('assistant: Here you are.'))).toHaveLength(2),
      PATIENCE,
    );
  });

  test('a process that is killed in the middle of a call: it is made again, has room for it, and is counted once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'statechat-budget-'));
    const settings = {
      PORT: '0',
      STATECHAT_DATA_DIR: folder,
      STATECHAT_API_TOKEN: API_TOKEN,
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_MODEL: 'dear-1',
      STATECHAT_MODEL_PRICES: 'dear-1=0/1000/0/0',
      // Enough for one call, and for another beside one that was made, but not beside what a dead
      // process reserved.
      STATECHAT_BUDGET_SESSION_USD: '7.1',
    };
    const held = Promise.withResolvers<void>();
    model.script(async (writer) => {
      writer.start({ input_tokens: 20, output_tokens: 1 }).text('Gla');
      await held.promise;
    });
    model.otherwise(answer('Gladly.'));
    const processes: AppProcess[] = [];
    const startOne = async () => {
      const app = startProcess(['src/main.ts', 'start'], settings);
      processes.push(app);
      const [, url = ''] = await app.printed(/Chat\s+(http:\S+)\/chat/);
      return { app, url };
    };
    try {
      const first = await startOne();
      const visitor = await Visitor.arrive(first.url, {});
      const { sessionId } = await visitor.write('one');
      await vi.waitFor(() => expect(model.requests).toHaveLength(1), PATIENCE);
      await first.app.end('SIGKILL');

      const second = await startOne();
      const same = visitor.at(second.url);
      await same.listen();
      await hears(same, 'customer: one', 'assistant: Gladly.');
      await same.write('two', 'm2');
      await hears(same, 'customer: two', 'assistant: Gladly.');
      await same.write('three', 'm3');
      await hears(same, 'customer: three', SPENT);
      expect(model.requests).toHaveLength(3);
      const { body } = await new Api(second.url, API_TOKEN).get(`/api/sessions/${sessionId}`);
      expect(body).toMatchObject({ snapshot: { snapshot: { context: { counters: { costMicros: 6_000_000 } } } } });
      same.leave();
    } finally {
      held.resolve();
      await Promise.all(processes.map((app) => app.end('SIGTERM')));
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  });

  test('a model that has no price is not asked: the program does not start, and says what to do', async () => {
    const failed = start({ ANTHROPIC_MODEL: 'unheard-of', SESSION_STORAGE_TYPE: 'memory', DATABASE_URL: '' });
    await expect(failed).rejects.toThrow(ConfigError);
    await expect(failed).rejects.toThrow(/STATECHAT_MODEL_PRICES=unheard-of=input\/output/);
  });
});
