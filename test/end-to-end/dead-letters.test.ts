/**
 * An update that no session can take is acknowledged only once it is stored, and the API lists it
 * (C6, G8).
 */

import { afterEach, describe, expect, it, vi } from 'vitest';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { ask } from './api.ts';
import { freePort } from './free-port.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
const SECRET = 'a-secret_of-the-webhook';

let app: RunningApp;
let telegram: BotApi;
afterEach(async () => {
  vi.restoreAllMocks();
  await app?.stop();
  await telegram?.close();
});

async function open(mode: 'polling' | 'webhook'): Promise<void> {
  const port = await freePort();
  app = await runApp(
    {
      PORT: String(port),
      DATABASE_URL: connectionString,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_MODE: mode,
      ...(mode === 'webhook' ? { TELEGRAM_WEBHOOK_SECRET: SECRET, STATECHAT_PUBLIC_URL: `http://127.0.0.1:${port}` } : {}),
    },
    { channels: [telegramPlugin({ pollSeconds: 1 })] },
  );
}

async function rejected(): Promise<readonly Record<string, unknown>[]> {
  const { body } = await ask(`${app.url}/api/rejected`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  return Reflect.get(Object(body), 'rejected');
}

describe.each(['polling', 'webhook'] as const)('an update that cannot be decoded, by %s', (mode) => {
  it('is kept once, whoever dies before it is acknowledged, and the conversation goes on', async () => {
    // The account is the bot's id, which its token begins with.
    const account = mode === 'polling' ? '701' : '702';
    // This machine's clock is two days ahead of the store's. Dead letters are dated by the store's
    // clock.
    const [now, ahead] = [Date.now.bind(Date), 2 * 86_400_000];
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
    telegram = await startBotApi({ token: `${account}:test-token`, webhookRetryMs: 20 });
    await open(mode);
    const chat = mode === 'polling' ? 71 : 72;
    const bad = {
      update_id: 900,
      message: { message_id: 1, chat: { id: chat, type: 'private' }, text: { not: 'a text', secret: 'hunter2' } },
    };
    const mine = async () => (await rejected()).filter((event) => event.account === account);

    telegram.push(bad);
    telegram.say(chat, 'hi', { from: { language_code: 'en' } });
    await expect.poll(mine, PATIENCE).toHaveLength(1);
    await expect.poll(() => telegram.updates.pending(), PATIENCE).toEqual([]);
    await expect.poll(() => telegram.shown(chat).length, PATIENCE).toBeGreaterThan(0);
    expect(await mine()).toMatchObject([
      { channel: 'telegram', account, providerId: '900', code: 'invalid_input', reason: expect.stringContaining('text'), cut: false },
    ]);
    expect(JSON.parse(String((await mine())[0]?.content))).toEqual(bad);
    expect(Math.abs(Number((await mine())[0]?.receivedAt) - now())).toBeLessThan(ahead / 2);
    expect(app.log.join('')).not.toContain('hunter2');

    // The update was stored and the acknowledgement was lost. Another process receives it again.
    await app.stop();
    telegram.push(bad);
    await open(mode);
    await expect.poll(() => telegram.updates.pending(), PATIENCE).toEqual([]);
    await expect.poll(() => app.log.join(''), PATIENCE).toContain('telegram dead letter');
    expect(await mine()).toHaveLength(1);
  });
});
