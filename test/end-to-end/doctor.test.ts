/**
 * `statechat doctor` as people run it, in a process of its own, beside a program that runs and
 * without one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { startProcess } from './app-process.ts';
import { freePort } from './free-port.ts';
import { pairedChannel } from './paired-channel.ts';
import { API_TOKEN, type RunningApp, runApp } from './running-app.ts';

const CHAT = 4_242;

let folder: string;
let telegram: BotApi;
let settings: Readonly<Record<string, string>>;
let app: RunningApp | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statechat-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
beforeEach(async () => {
  telegram = await startBotApi();
  telegram.chats.open(CHAT);
  const port = String(await freePort());
  settings = {
    PORT: port,
    STATECHAT_PUBLIC_URL: `http://127.0.0.1:${port}`,
    SESSION_STORAGE_TYPE: 'memory',
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: telegram.url,
    TELEGRAM_MODE: 'webhook',
    TELEGRAM_WEBHOOK_SECRET: 'a-secret_of-the-webhook',
  };
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  await telegram.close();
});

/** What it printed, and its exit code. */
async function doctor(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; printed: string }> {
  const environment = { STATECHAT_DATA_DIR: folder, STATECHAT_API_TOKEN: API_TOKEN, ...settings, ...more };
  const { exited, lines } = startProcess(['src/main.ts', 'doctor', ...args], environment);
  return { code: await exited, printed: lines.join('\n') };
}

const address = (chat = CHAT): string => `telegram:${telegram.id}:${chat}`;

it('shows what the console shows of the channels of a program that runs, and lets it send a test message', async () => {
  app = await runApp(settings, { channels: [pairedChannel(), telegramPlugin()] });
  const { code, printed } = await doctor(['--test', address()]);
  expect(printed).toContain(`✔ Channel telegram: ready, webhook at ${settings.STATECHAT_PUBLIC_URL}/channels/telegram/webhook\n`);
  expect(printed).toMatch(/✘ Channel phone: waiting to be paired\n {4}Open Linked devices .*\n {4}\n(?: {4}[█▀▄ ]{20,}\n)+/);
  expect(printed).toContain('Or enter this code on the phone: ABCD-1234');
  expect(printed).toMatch(/• Channel discord: off\. To use it, set DISCORD_BOT_TOKEN/);
  expect(printed).toContain(`✔ Test message: sent to ${address()}, and the provider took it as`);
  expect(printed).toMatch(/1 of \d+ checks found something to fix\.$/);
  expect(code).toBe(1);
  expect(telegram.shown(CHAT)).toEqual(['This is a test message. If you can read it, the channel works.']);
  expect((await app.api.get('/api/sessions')).body).toMatchObject({ sessions: [] });

  const blocked = await doctor(['--test', address(999)]);
  expect(blocked.printed).toMatch(/✘ Test message: not sent to telegram:\d+:999\n {4}\S.*chat not found/);
  expect((await doctor(['--test', 'phone:1:2'])).printed).toMatch(/✘ Test message: not sent to phone:1:2\n {4}It is not paired\./);
});

it('sends nothing where the token is another one, or where no program runs, and says so', async () => {
  app = await runApp(settings, { channels: [telegramPlugin()] });
  const refused = await doctor(['--test', address()], { STATECHAT_API_TOKEN: 'another-token-than-its-own' });
  expect(refused.code).toBe(1);
  expect(refused.printed).toMatch(/✘ Running Statechat: the one at \S+ refuses the token\n {4}STATECHAT_API_TOKEN is another one here\./);
  expect(refused.printed).toContain('✔ Channel telegram: ready, webhook at ');
  expect(refused.printed).toMatch(/✘ Test message: not sent, because the one at \S+ refuses the token\n {4}.*STATECHAT_API_TOKEN/);
  await app.stop();
  app = undefined;
  const alone = await doctor(['--test', address()]);
  expect(alone.code).toBe(1);
  expect(alone.printed).toMatch(
    /✘ Test message: not sent, because no Statechat runs at http:\/\/127\.0\.0\.1:\d+\n {4}Start it with npm start/,
  );
  expect(alone.printed).not.toContain('Running Statechat');
  expect(telegram.shown(CHAT)).toEqual([]);
});
