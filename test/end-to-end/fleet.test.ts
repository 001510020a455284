/**
 * Three processes of the app on one PostgreSQL, with and without a Redis. They are ended one after
 * the other, and no visitor notices.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { fastClock } from './fast-clock.ts';
import { Customer, Fleet } from './fleet.ts';
import { PATIENCE } from './running-app.ts';
import { Visitor } from './visitor.ts';

const { connectionString } = await createTestDatabase();
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

let fleet: Fleet | undefined;
let telegram: BotApi | undefined;
const customers: Customer[] = [];
const visitors: Visitor[] = [];
afterEach(async () => {
  for (const visitor of visitors.splice(0)) visitor.leave();
  await Promise.all(customers.splice(0).map((customer) => customer.leave()));
  await fleet?.end();
  await telegram?.close();
});

const LONG = Array.from({ length: 60 }, (_, n) => `word${n}`).join(' ');
/**
 * Below the 30 that a visitor may write, whichever instances receive them. A message that was cut
 * off in the middle may count twice.
 */
const ALLOWED_A_MINUTE = 25;
const WHOLE = `assistant: You said: ${LONG}`;

describe.each([
  { with: 'Redis', streams: true, settings: () => ({ REDIS_URL: redis.url }) },
  { with: 'PostgreSQL alone', streams: false, settings: () => ({}) },
])('three processes with $with', ({ streams, settings }) => {
  const launch = async (wordMs: number) => {
    fleet = new Fleet({ settings: { DATABASE_URL: connectionString, ...settings() }, wordMs });
    const [a, b, c] = await fleet.launch(3);
    if (!a || !b || !c) throw new Error('not started');
    return { fleet, a, b, c };
  };
  const pageAt = async (visitor: Visitor, url: string): Promise<Visitor> => {
    const page = visitor.at(url);
    visitors.push(page);
    await page.follow();
    return page;
  };

  test('an answer that is written by one is seen on another, stopped from a third, and taken over by a human', async () => {
    const { a, b, c } = await launch(100);
    const visitor = await Visitor.arrive(a.url, {});
    const page = await pageAt(visitor, b.url);
    await visitor.write(LONG, 'm1');
    if (streams) await expect.poll(() => page.streamed[0] ?? '', PATIENCE).toContain('word5');
    else await expect.poll(() => page.messages[0], PATIENCE).toBe(`customer: ${LONG}`);
    await visitor.at(c.url).write('/stop', 'm2');
    await expect.poll(() => page.messages.at(-1), PATIENCE).toMatch(/^(system|assistant): Stopped/);
    const { sessionId } = await visitor.write(LONG, 'm3');
    expect((await b.api.tell(sessionId, { type: 'agent.claim', agent: 'amal' })).status).toBe(200);
    expect((await c.api.tell(sessionId, { type: 'agent.message', agent: 'amal', text: 'Amal here.' })).status).toBe(200);
    await expect.poll(() => page.messages.at(-1), PATIENCE).toBe('agent: Amal here.');
    await expect.poll(() => page.lastState, PATIENCE).toMatchObject({ handler: 'human' });
    // Neither the stopped answer nor the silenced one was ever finished.
    await visitor.at(a.url).write('thank you', 'm4');
    expect(page.messages.filter((text) => text === WHOLE)).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('an answer whose process is ended by %s in the middle goes on elsewhere', async (signal) => {
    const { a, b } = await launch(30);
    const visitor = await Visitor.arrive(a.url, {});
    visitors.push(visitor);
    await visitor.listen();
    const page = await pageAt(visitor, b.url);
    await visitor.write(LONG, 'm1');
    await expect.poll(() => visitor.streamed[0] ?? '', PATIENCE).toContain('word5');
    expect(await a.process.end(signal)).toBe(signal === 'SIGTERM' ? 0 : null);
    await expect.poll(() => page.messages, PATIENCE).toEqual([`customer: ${LONG}`, WHOLE]);
    // What the visitor saw while it was streamed is the same text, from its beginning.
    if (streams) expect(page.streamed).toEqual([WHOLE.slice('assistant: '.length)]);
  });

  test('a rolling restart under traffic: nobody sees an error, nothing is lost, nothing comes twice', async () => {
    const { fleet: three } = await launch(2);
    for (let n = 0; n < 24; n += 1) customers.push(await Customer.arrive(three.urls, n));
    let rolling = true;
    const counts = await Promise.all([
      ...customers.map(async (customer) => {
        let count = 0;
        for (; rolling && count < ALLOWED_A_MINUTE; count += 1) {
          await customer.write(`m${count}`, `message ${count}`);
          await new Promise((resolve) => setTimeout(resolve, 400));
        }
        return count;
      }),
      (async () => {
        for (const member of three.members) {
          expect(await member.process.end('SIGTERM')).toBe(0);
          await three.again(member);
        }
        rolling = false;
        return 0;
      })(),
    ]);
    const [first] = three.members;
    for (const [index, customer] of customers.entries()) {
      const written = Array.from({ length: counts[index] ?? 0 }, (_, n) => `message ${n}`);
      expect(written.length).toBeGreaterThan(5);
      expect(customer.faults).toEqual([]);
      const taken = (await first?.api.said(customer.sessionId)) ?? [];
      expect(taken.filter(({ kind }) => kind === 'customer.message').map(({ text }) => text)).toEqual(written);
      await expect
        .poll(() => customer.shown.filter(({ author }) => author === 'customer').map(({ text }) => text), PATIENCE)
        .toEqual(written);
      await expect.poll(() => customer.shown.findLast(({ author }) => author === 'assistant')?.text, PATIENCE).toContain(written.at(-1));
      expect(customer.faults).toEqual([]);
      const said = (await first?.api.said(customer.sessionId)) ?? [];
      // Each answer once, as it is in the journal.
      expect(customer.shown.map(({ id }) => id)).toEqual(said.map(({ seq }) => `${customer.sessionId}.${seq}`));
    }
    const retries = customers.reduce((sum, customer) => sum + customer.retries, 0);
    console.log(`${counts.reduce((sum, count) => sum + count, 0)} messages, ${retries} attempts made again`);
  });

  test('Telegram is polled by one of them at a time, and another goes on when it is ended', async () => {
    const start = Date.now();
    const bot = await startBotApi({ now: fastClock(start, 20).now });
    telegram = bot;
    const chat = streams ? 7_001 : 7_002;
    fleet = new Fleet({
      settings: { DATABASE_URL: connectionString, TELEGRAM_BOT_TOKEN: bot.token, TELEGRAM_API_ROOT: bot.url, ...settings() },
      wordMs: 2,
      start,
      speed: 20,
    });
    const members = await fleet.launch(3);
    const polls = () =>
      members.findIndex(
        ({ process }) =>
          /receives"/.test(process.lines.findLast((line) => line.includes('this instance receives')) ?? '') &&
          process.child.exitCode === null &&
          process.child.signalCode === null,
      );
    for (const [index, signal] of (['SIGTERM', 'SIGKILL'] as const).entries()) {
      const text = `message ${index}`;
      bot.say(chat, text, { from: { language_code: 'en' } });
      await expect.poll(() => bot.shown(chat).at(-1) ?? '', PATIENCE).toContain(text);
      // The answer is also marked as sent. Before that mark it may be sent twice.
      await vi.waitFor(async () => {
        const alive = members.find(({ process }) => process.child.exitCode === null && process.child.signalCode === null);
        const [session] = (await alive?.api.sessionsAt(`telegram:${bot.id}:${chat}`)) ?? [];
        expect((await alive?.api.said(session?.id ?? ''))?.at(-1)).toMatchObject({ author: 'assistant', delivery: { status: 'sent' } });
      }, PATIENCE);
      const holder = polls();
      expect(holder).toBeGreaterThanOrEqual(0);
      await members[holder]?.process.end(signal);
    }
    bot.say(chat, 'the last one', { from: { language_code: 'en' } });
    await expect
      .poll(() => bot.shown(chat), PATIENCE)
      .toEqual(['message 0', 'message 1', 'the last one'].map((text) => expect.stringContaining(text)));
    // Two pollers would conflict again and again. An aborted poll can only meet the last one of its
    // own instance.
    expect(bot.calls.filter(({ method, status }) => method === 'getUpdates' && status === 409).length).toBeLessThanOrEqual(2);
  });
});
