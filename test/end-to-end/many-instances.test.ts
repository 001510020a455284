/**
 * Several instances on one PostgreSQL, with and without a Redis. Any of them takes any event,
 * wherever the answer is written.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { ask } from './api.ts';
import { DictatedModel, type Writing } from './models.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import type { Visitor } from './visitor.ts';

const { connectionString } = await createTestDatabase();
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

const apps: RunningApp[] = [];
const models: DictatedModel[] = [];
afterEach(async () => {
  redis.thaw();
  models.length = 0;
  await Promise.all(apps.splice(0).map((app) => app.stop()));
});

/**
 * Answers begin at once, and a lease lasts as long as in production. What takes less time than its
 * heartbeat came as a notification.
 */
async function start(count: number, settings: Readonly<Record<string, string>>): Promise<readonly RunningApp[]> {
  for (let index = 0; index < count; index += 1) {
    const model = new DictatedModel();
    models.push(model);
    apps.push(await runApp({ DATABASE_URL: connectionString, ...settings }, { provider: model, policy: { debounceMs: 0 } }));
  }
  const started = apps.slice(-count);
  // The instances know each other. From here on, a notification reaches all of them.
  for (const { url } of started)
    await vi.waitFor(async () => {
      const [, known] = /^statechat_instances (\d+)$/m.exec((await ask(`${url}/metrics`)).text) ?? [];
      expect(Number(known)).toBeGreaterThanOrEqual(count);
    }, PATIENCE);
  return started;
}

/** The answer that is being written, and where. */
async function writing(number = 0): Promise<Writing> {
  return vi.waitFor(() => {
    const found = models.flatMap(({ writings }) => writings)[number];
    if (!found) throw new Error('nobody writes yet');
    return found;
  }, PATIENCE);
}

const both = [
  { with: 'Redis', settings: () => ({ REDIS_URL: redis.url, REDIS_BUDGET_MS: '1000' }) },
  { with: 'PostgreSQL alone', settings: () => ({}) },
];

describe.each(both)('told over $with', ({ settings }) => {
  test('a stop on one instance aborts the run on another long before its heartbeat', async () => {
    const [a, b] = await start(2, settings());
    if (!a || !b) throw new Error('not started');
    const took: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const visitor = await a.visitor();
      await visitor.write('hello', `w${round}`);
      const answer = await writing(round);
      answer.write('Once');
      const before = performance.now();
      await visitor.at(b.url).write('/stop', `s${round}`);
      const acknowledged = performance.now();
      await vi.waitFor(() => expect(answer.aborted).toBe(true), { timeout: 10_000, interval: 1 });
      took.push(performance.now() - acknowledged);
      expect(performance.now() - before).toBeLessThan(4_000);
    }
    const median = took.toSorted((x, y) => x - y)[10] ?? 0;
    console.log(`stop acknowledged → aborted: median ${median.toFixed(1)} ms, worst ${Math.max(...took).toFixed(1)} ms`);
    expect(median).toBeLessThan(500);
  });

  test('a human takes over through another instance: the bot is silenced at once, and the visitor sees it on a third', async () => {
    const [a, b, c] = await start(3, settings());
    if (!a || !b || !c) throw new Error('not started');
    const visitor = await a.visitor();
    const { sessionId } = await visitor.write('hello');
    const answer = await writing();
    const watching = visitor.at(c.url);
    const { ended } = await watching.listen();
    await expect.poll(() => watching.lastState?.handler, PATIENCE).toBe('bot');
    expect((await b.api.tell(sessionId, { type: 'agent.claim', agent: 'amal' })).status).toBe(200);
    await vi.waitFor(() => expect(answer.aborted).toBe(true), { timeout: 4_000, interval: 1 });
    await expect.poll(() => watching.lastState, { timeout: 4_000, interval: 5 }).toMatchObject({ handler: 'human' });
    // A page polls first after a second and then every ten seconds. What it shows sooner came as a
    // notification.
    for (const [index, text] of ['Amal here.', 'How can I help?', 'Anything else?'].entries()) {
      await b.api.tell(sessionId, { type: 'agent.message', agent: 'amal', text });
      await expect.poll(() => watching.messages.at(-1), { timeout: 4_000, interval: 5 }).toBe(`agent: ${text}`);
      expect(watching.messages).toHaveLength(index + 2);
    }
    expect(models.flatMap(({ writings }) => writings)).toHaveLength(1);
    watching.leave();
    await ended;
  });
});

describe('text that is being written on another instance', () => {
  const settings = () => ({ REDIS_URL: redis.url, REDIS_BUDGET_MS: '1000' });
  const streamed = (visitor: Visitor) => expect.poll(() => visitor.streamed, { timeout: 4_000, interval: 5 });

  /**
   * A visitor whose answer is written on one of two instances, and what the visitor sees of it on
   * the other.
   */
  async function begun(): Promise<{ a: RunningApp; b: RunningApp; visitor: Visitor; answer: Writing }> {
    const [a, b] = await start(2, settings());
    if (!a || !b) throw new Error('not started');
    const visitor = await a.visitor();
    await visitor.write('hello');
    return { a, b, visitor, answer: await writing() };
  }

  test('is seen as it grows, and its message completes it', async () => {
    const { b, visitor, answer } = await begun();
    const page = visitor.at(b.url);
    const { ended } = await page.listen();
    await expect.poll(() => page.messages, PATIENCE).toEqual(['customer: hello']);
    for (const [piece, whole] of [
      ['One', 'One'],
      [', two', 'One, two'],
      [', three', 'One, two, three'],
    ] as const) {
      answer.write(piece);
      await streamed(page).toEqual([whole]);
    }
    answer.end();
    await expect.poll(() => page.messages, { timeout: 4_000, interval: 5 }).toEqual(['customer: hello', 'assistant: One, two, three']);
    // Late is what came behind the message that it belongs to.
    const message = page.events.findIndex((event) => event.type === 'message' && event.author === 'assistant');
    expect(page.events.slice(message).filter(({ type }) => type === 'delta')).toEqual([]);
    page.leave();
    await ended;
  });

  test('is told so far to who comes in the middle, and goes on for who comes back', async () => {
    const { a, b, visitor, answer } = await begun();
    answer.write('One');
    const page = visitor.at(b.url);
    const first = await page.listen();
    await streamed(page).toEqual(['One']);
    answer.write(', two');
    await streamed(page).toEqual(['One, two']);
    page.leave();
    await first.ended;
    answer.write(', three');
    for (const url of [b.url, a.url]) {
      const again = page.at(url);
      const { ended } = await again.listen();
      await streamed(again).toEqual(['One, two, three']);
      // What the page has already is not sent again.
      expect(again.messages).toEqual([]);
      again.leave();
      await ended;
    }
    answer.end();
  });

  test('begins anew after a time without Redis', async () => {
    const { b, visitor, answer } = await begun();
    const page = visitor.at(b.url);
    const { ended } = await page.listen();
    answer.write('One');
    await streamed(page).toEqual(['One']);
    await redis.kill();
    answer.write(', two');
    await redis.restart();
    answer.write(', three');
    await expect.poll(() => page.streamed, PATIENCE).toEqual(['One, two, three']);
    answer.end();
    await expect.poll(() => page.messages, PATIENCE).toEqual(['customer: hello', 'assistant: One, two, three']);
    page.leave();
    await ended;
  });
});

test('a stop that nobody was told of is found at the next heartbeat', async () => {
  const model = new DictatedModel();
  models.push(model);
  for (let index = 0; index < 2; index += 1)
    apps.push(
      await runApp(
        { DATABASE_URL: connectionString, REDIS_URL: redis.url },
        { provider: model, policy: { debounceMs: 0 }, runtime: { leaseMs: 1_500 } },
      ),
    );
  const [a, b] = apps;
  if (!a || !b) throw new Error('not started');
  const visitor = await a.visitor();
  await visitor.write('hello');
  const answer = await writing();
  redis.freeze();
  await visitor.at(b.url).write('/stop', 'stop');
  await expect.poll(() => answer.aborted, PATIENCE).toBe(true);
});

test('a Redis that hangs keeps nobody waiting: what is committed is found by looking', async () => {
  const [a, b] = await start(2, { REDIS_URL: redis.url });
  if (!a || !b) throw new Error('not started');
  const visitor = await a.visitor();
  await visitor.write('hello');
  const page = visitor.at(b.url);
  const { ended } = await page.listen();
  await expect.poll(() => page.messages, PATIENCE).toEqual(['customer: hello']);
  redis.freeze();
  const before = performance.now();
  await visitor.write('are you there?');
  // A few times the budget of 50 ms for a copy. A hung call would take its time limit of seconds.
  expect(performance.now() - before).toBeLessThan(1_000);
  await expect.poll(() => page.messages, PATIENCE).toEqual(['customer: hello', 'customer: are you there?']);
  page.leave();
  await ended;
});
