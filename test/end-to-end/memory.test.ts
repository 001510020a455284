/**
 * The companion's memory from outside. It keeps a visitor's early words over a long conversation
 * and a restart, and the API shows it (M2, M3, R1).
 */
import { afterEach, expect, it } from 'vitest';
import * as z from 'zod';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
let app: RunningApp;
afterEach(() => app?.stop());

const part = z.object({ text: z.string() });
const contextSchema = z.object({
  version: z.number(),
  system: z.array(part),
  messages: z.array(part),
  tokens: z.record(z.string(), z.number()),
  shown: z.looseObject({ summaries: z.number(), messages: z.number() }),
});

async function start(): Promise<void> {
  app = await runApp(
    { DATABASE_URL: connectionString },
    { provider: (plans) => createOfflineProvider({ delayMs: 0, plans }), policy: { debounceMs: 0 } },
  );
}

it('an early fact is in what a model is told, after the messages that held it are not, and after a restart', async () => {
  await start();
  const visitor = await app.visitor();
  const context = async (id: string, query = '') => {
    const answer = await app.api.get(`/api/sessions/${id}/context${query}`);
    expect(answer.status).toBe(200);
    return contextSchema.parse(answer.body);
  };
  const { sessionId } = await visitor.write('My name is Layla Mansour and I am allergic to sesame.');
  for (let n = 2; n <= 12; n += 1) {
    await visitor.write(`And then, what of thing ${n}?`);
    const answers = async () => (await app.api.said(sessionId)).filter(({ kind }) => kind === 'assistant.message').length;
    await expect.poll(answers, PATIENCE).toBe(n);
  }
  await expect.poll(async () => (await context(sessionId)).shown.summaries, PATIENCE).toBe(1);

  const before = await context(sessionId);
  expect(before.system.at(-1)?.text).toMatch(/^<earlier_conversation>.*Layla Mansour.*allergic to sesame/);
  expect(JSON.stringify(before.messages)).not.toContain('sesame');
  const { limit = 0, total = 0, ...parts } = before.tokens;
  expect(total).toBe(Object.values(parts).reduce((sum, tokens) => sum + tokens));
  expect(total).toBeLessThanOrEqual(limit);
  expect((await context(sessionId, '?messages=1')).shown.messages).toBe(1);
  expect(await app.api.session(sessionId)).toMatchObject({ machine: { id: 'session', version: 3 } });
  const runs = (await app.api.history(sessionId)).filter(({ kind }) => kind === 'run');
  expect(runs.filter(({ payload }) => JSON.stringify(payload).includes('"by":"extract"'))).toHaveLength(1);
  expect((await app.api.said(sessionId))[0]?.text).toBe('My name is Layla Mansour and I am allergic to sesame.');

  await app.stop();
  await start();
  expect(await context(sessionId)).toEqual({ ...before, version: expect.any(Number) });
});
