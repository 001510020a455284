/** Traces by the real exporter, over HTTP, from the whole program. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { Unavailable } from '#machines/errors.ts';
import type { ComposeOptions } from '#src/compose-options.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { FakeMessagesApi } from '#test/fakes/messages-api.ts';
import { type CollectedSpan, type OtlpCollector, startOtlpCollector } from '#test/fakes/otlp-collector.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type AppProcess, startProcess } from './app-process.ts';
import { freePort } from './free-port.ts';
import { echoModel } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

const SECRET_WORDS = 'Xylophone of my grandmother';
/** So long that no id and no time contains it. */
const CUSTOMER = 550_017_004_242;
const PERSONAL = /Xylophone|550017004242/;

let collector: OtlpCollector;
let telegram: BotApi | undefined;
const apps: RunningApp[] = [];
beforeEach(async () => {
  collector = await startOtlpCollector();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
  await telegram?.close();
  telegram = undefined;
  await collector.close();
});

/** Stops the apps, which sends what is left, and gives the spans of the trace that `name` began. */
async function traceOf(name: string): Promise<readonly CollectedSpan[]> {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
  const [root, ...others] = collector.spans.filter((span) => span.name === name);
  expect(others).toEqual([]);
  expect(root?.parentId).toBeUndefined();
  return collector.spans.filter(({ traceId }) => traceId === root?.traceId);
}

/** Names from the root down to the span of that name. */
function pathTo(spans: readonly CollectedSpan[], name: string): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const path: string[] = [];
  for (let span = spans.find((one) => one.name === name); span !== undefined; span = byId.get(span.parentId ?? '')) path.unshift(span.name);
  return path;
}

/**
 * Two instances with Telegram. The first receives and decides, and leaves every effect to the
 * other. The customer writes.
 */
async function twoInstances(more: Readonly<Record<string, string>>, options: Pick<ComposeOptions, 'provider'>) {
  const { connectionString } = await createTestDatabase();
  const api = await startBotApi();
  telegram = api;
  api.chats.open(CUSTOMER);
  const settings = {
    DATABASE_URL: connectionString,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    TELEGRAM_BOT_TOKEN: api.token,
    TELEGRAM_API_ROOT: api.url,
    ...more,
  };
  const common = () => ({ channels: [telegramPlugin({ pollSeconds: 1 })], policy: { debounceMs: 50 }, ...options });
  const elsewhere = Object.assign(new Unavailable('not here'), { elsewhere: true, retryAfterMs: 0 });
  const first = await runApp(settings, {
    ...common(),
    crash: (point) => {
      if (point === 'before effect') throw elsewhere;
    },
  });
  apps.push(first);
  apps.push(await runApp(settings, common()));
  api.say(CUSTOMER, SECRET_WORDS, { from: { language_code: 'en' } });
  return { api, first };
}

it('makes one trace of a message in the web chat, to the model and back, and nothing in it is the customer’s', async () => {
  const settings = { SESSION_STORAGE_TYPE: 'memory', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const app = await runApp(settings, { provider: echoModel(), policy: { debounceMs: 200 } });
  apps.push(app);
  const visitor = await app.visitor();
  await visitor.listen();
  await visitor.write(SECRET_WORDS);
  await expect.poll(() => visitor.messages.at(-1), PATIENCE).toContain('You said');
  visitor.leave();
  const spans = await traceOf('receive web');
  const run = spans.find(({ name }) => name.startsWith('run '))?.name ?? 'no run';
  // The debounce is a timer, so the run belongs to a second turn.
  expect(pathTo(spans, 'commit').slice(0, 4)).toEqual(['receive web', 'intake', 'turn', 'commit']);
  expect(pathTo(spans, 'provider')).toEqual(['receive web', 'intake', 'turn', 'turn', run, 'provider']);
  expect(spans.filter(({ name }) => name === 'turn').length).toBeGreaterThanOrEqual(3);
  expect(spans.find(({ name }) => name === 'provider')?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': expect.anything() });
  const everything = collector.bodies.join('\n');
  expect(everything).not.toContain('Xylophone');
  expect(everything).not.toContain(visitor.address.split(':')[2]);
});

it('keeps the trace when another instance takes the effect over, on Telegram', async () => {
  const { api, first } = await twoInstances({}, { provider: echoModel() });
  await expect.poll(() => api.shown(CUSTOMER).join(), PATIENCE).toContain('You said');
  const spans = await traceOf('receive telegram');
  const effect = spans.find(({ name }) => name === 'effect message.send');
  const received = spans.find(({ name }) => name === 'receive telegram');
  expect(effect?.instance).not.toBe(received?.instance);
  expect(pathTo(spans, 'send telegram').slice(0, 3)).toEqual(['receive telegram', 'intake', 'turn']);
  expect(pathTo(spans, 'send telegram').slice(-3)).toEqual(['turn', 'effect message.send', 'send telegram']);
  expect(pathTo(spans, 'provider').at(0)).toBe('receive telegram');
  const failures = first.log.filter((line) => line.includes('effect message.send'));
  expect(failures.length).toBeGreaterThan(0);
  for (const line of failures) expect(JSON.parse(line)).toMatchObject({ trace_id: effect?.traceId });
  expect(collector.bodies.join('\n')).not.toMatch(PERSONAL);
});

it('keeps the trace in an agent process, with two instances', async () => {
  const model = await FakeMessagesApi.start();
  const port = await freePort();
  let agent: AppProcess | undefined;
  try {
    const { api } = await twoInstances({ AGENT_URL: `http://127.0.0.1:${port}` }, {});
    // It starts after the message came. The run waits for it.
    agent = startProcess(['src/main.ts', 'agent'], {
      SESSION_STORAGE_TYPE: 'memory',
      STATECHAT_API_TOKEN: API_TOKEN,
      AGENT_PORT: String(port),
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: model.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    await expect.poll(() => api.shown(CUSTOMER), PATIENCE).toContain('ok');
    expect(await agent.end('SIGTERM')).toBe(0);
    const spans = await traceOf('receive telegram');
    const calls = collector.spans.filter(({ name }) => name === 'provider');
    expect(calls).toHaveLength(1);
    const received = spans.find(({ name }) => name === 'receive telegram');
    const path = pathTo(spans, 'provider');
    const run = path.find((name) => name.startsWith('run '));
    expect(path).toEqual(['receive telegram', 'intake', 'turn', 'turn', run, 'provider']);
    expect(pathTo(spans, 'send telegram').slice(-3)).toEqual(['turn', 'effect message.send', 'send telegram']);
    // Three processes of two programs, one trace.
    expect(new Set(spans.map(({ instance }) => instance)).size).toBe(3);
    expect(calls[0]).toMatchObject({ service: 'statechat-agent', traceId: received?.traceId });
    expect(received).toMatchObject({ service: 'statechat' });
    expect(collector.bodies.join('\n')).not.toMatch(PERSONAL);
  } finally {
    await agent?.end('SIGTERM');
    await model.close();
  }
});

it('sends no trace, and adds nothing to stored work, without an endpoint', async () => {
  const app = await runApp({ SESSION_STORAGE_TYPE: 'memory' }, { provider: echoModel(), policy: { debounceMs: 0 } });
  apps.push(app);
  const visitor = await app.visitor();
  await visitor.listen();
  await visitor.write('hello');
  await expect.poll(() => visitor.messages.at(-1), PATIENCE).toContain('You said');
  visitor.leave();
  expect(app.log.some((line) => line.includes('trace_id'))).toBe(false);
  expect(collector.bodies).toEqual([]);
});
