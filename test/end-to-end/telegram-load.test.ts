/**
 * Two hundred messages over Telegram (G1–G4, C6, C7), with duplicates, reordered posts, 429 on
 * sends and edits, and the app killed and started again in the middle. Time at the Bot API server
 * runs faster than ours, so that the test meets its limits and is short.
 */
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UNFINISHED } from '#channels/edited-draft.ts';
import { type BotApi, type Call, startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { Api, type Entry } from './api.ts';
import { type AppProcess, startProcess } from './app-process.ts';
import { fastClock } from './fast-clock.ts';
import { freePort } from './free-port.ts';
import { API_TOKEN, PATIENCE } from './running-app.ts';

const { connectionString } = await createTestDatabase();
const SPEED = 25;
const SECRET = 'a-secret_of-the-webhook';
const MESSAGES = 200;
const BURST = 5;
/** After which bursts the app is killed, while it is at work on them. */
const KILLS: ReadonlySet<number> = new Set([9, 19, 29]);

let app: AppProcess | undefined;
let telegram: BotApi | undefined;
afterEach(async () => {
  await app?.end('SIGKILL');
  await telegram?.close();
});

describe.each([
  { mode: 'polling', chat: 5_001 },
  { mode: 'webhook', chat: 5_002 },
] as const)('200 messages over Telegram by $mode', ({ mode, chat }) => {
  it('are each taken once and in order, and every final text arrives, within the limits, through duplicates, 429 and kills', async () => {
    const start = Date.now();
    const clock = fastClock(start, SPEED);
    const bot = await startBotApi({ limits: true, now: clock.now, webhookRetryMs: 20 });
    telegram = bot;
    const port = await freePort();
    const settings = {
      PORT: String(port),
      STATECHAT_API_TOKEN: API_TOKEN,
      DATABASE_URL: connectionString,
      TELEGRAM_BOT_TOKEN: bot.token,
      TELEGRAM_API_ROOT: bot.url,
      TELEGRAM_MODE: mode,
      ...(mode === 'webhook' ? { TELEGRAM_WEBHOOK_SECRET: SECRET, STATECHAT_PUBLIC_URL: `http://127.0.0.1:${port}` } : {}),
    };
    const launch = async (): Promise<void> => {
      app = startProcess([join(import.meta.dirname, 'fast-app.ts'), JSON.stringify({ settings, start, speed: SPEED })]);
      await app.printed(/"url"/);
    };
    const api = new Api(`http://127.0.0.1:${port}`, API_TOKEN);
    await launch();

    const restarts: number[] = [];
    const updates: number[] = [];
    for (let first = 0, burst = 0; first < MESSAGES; first += BURST, burst++) {
      if (burst % 4 === 1) bot.fail('sendMessage', { status: 429, description: 'Too Many Requests', retryAfter: 2 });
      if (burst % 4 === 3) bot.fail('editMessageText', { status: 429, description: 'Too Many Requests', retryAfter: 2 });
      for (let n = first; n < first + BURST; n++) updates.push(bot.say(chat, `message ${n}`, { copies: n % 3 === 0 ? 2 : 1 }));
      if (mode === 'webhook' && burst % 5 === 2) await postAgain(bot, chat, updates, first);
      if (KILLS.has(burst)) {
        // In the middle of that burst, a part of it is accepted and its answer is being written.
        await expect.poll(() => bot.shown(chat).at(-1) ?? '', PATIENCE).toContain(`message ${first}`);
        await app?.end('SIGKILL');
        restarts.push(clock.now());
        await launch();
      }
      await expect.poll(() => bot.shown(chat).at(-1) ?? '', PATIENCE).toContain(`message ${first + BURST - 1}`);
    }

    const entries = await vi.waitFor(async () => {
      const said = await everythingSaid(api, bot, chat);
      expect(said.filter(({ delivery }) => delivery !== null && delivery.status !== 'sent')).toEqual([]);
      expect(said.at(-1)?.kind).toBe('assistant.message');
      return said;
    }, PATIENCE);
    const heard = entries.filter(({ kind }) => kind === 'customer.message');
    expect(heard.map(({ text }) => text)).toEqual(Array.from({ length: MESSAGES }, (_, n) => `message ${n}`));
    expect(heard.map(({ eventId }) => eventId)).toEqual(updates.map((id) => `tg:${id}`));

    // Every message is in exactly one answer, in order.
    const finals = entries.flatMap(({ kind, text }) => (kind === 'assistant.message' && text !== null ? [text] : []));
    expect(finals.join('\n').match(/message \d+/g)).toEqual(heard.map(({ text }) => text));
    // The customer's screen shows the final texts, in order, each once, except for what a kill
    // leaves behind. A kill between Telegram's acceptance of a draft and our mark of it leaves the
    // beginning of an answer, with the sign that it is unfinished. It may also fall between
    // Telegram's acceptance of a text and our mark of it.
    const shown = bot.shown(chat);
    const asShown = finals.map((text) => text.replaceAll(/\n{2,}/g, '\n\n'));
    const left = shown.filter((text) => !asShown.includes(text));
    const twice = shown.filter((text, i) => asShown.includes(text) && shown.indexOf(text) !== i);
    expect(shown.filter((text, i) => asShown.includes(text) && shown.indexOf(text) === i)).toEqual(asShown);
    expect(left.length + twice.length).toBeLessThanOrEqual(restarts.length);
    const begun = left.map((text) => (text.endsWith(UNFINISHED) ? text.slice(0, -UNFINISHED.length) : text));
    expect(begun.filter((text) => !asShown.some((final) => final.startsWith(text)))).toEqual([]);

    expectWithinLimits(bot.calls, chat, restarts);
  });
});

/**
 * What a reordering network delivers. Posts of earlier updates come all at once and in the wrong
 * order.
 */
async function postAgain(bot: BotApi, chat: number, updates: readonly number[], first: number): Promise<void> {
  const late = updates.slice(Math.max(0, first - 20), first).toReversed();
  const statuses = await Promise.all(
    late.map((update_id, i) => {
      const n = first - 1 - i;
      const from = { id: chat, is_bot: false, first_name: 'Mona', language_code: 'ar' };
      const message = { message_id: n + 1, date: 1_700_000_000, chat: { id: chat, type: 'private' }, from, text: `message ${n}` };
      return bot.updates.post({ update_id, message });
    }),
  );
  expect(statuses).toEqual(late.map(() => 200));
}

async function everythingSaid(api: Api, bot: BotApi, chat: number): Promise<readonly Entry[]> {
  const sessions = await api.sessionsAt(`telegram:${bot.id}:${chat}`);
  expect(sessions).toHaveLength(1);
  return api.said(sessions[0]?.id ?? '');
}

/**
 * Telegram answers 429 for too many calls. The emulator does so where its limits are exceeded
 * (retry after 1 s, the scripted ones 2 s). A new process may meet such a limit once, because it
 * does not know what the killed one had just sent. Every wait that Telegram demands is kept.
 */
function expectWithinLimits(calls: readonly Call[], chat: number, restarts: readonly number[]): void {
  const writes = calls.filter(
    ({ method, payload }) => /^(sendMessage|editMessageText)$/.test(method) && Number(payload['chat_id']) === chat,
  );
  expect(writes.length).toBeGreaterThan(80);
  const accepted = writes.filter(({ status }) => status === 200);
  const tooSoon = accepted.filter((call, i) => i > 0 && call.at - (accepted[i - 1]?.at ?? 0) < 1_000);
  expect(tooSoon).toEqual([]);
  const refused = writes.filter(({ status }) => status === 429);
  // Ten on sends, ten on edits.
  expect(refused.length).toBeGreaterThanOrEqual(15);
  expect(refused.length).toBeLessThanOrEqual(20 + restarts.length);
  const restartedBetween = (a: Call, b: Call): boolean => restarts.some((at) => at > a.at && at < b.at);
  for (const [i, call] of writes.entries()) {
    const [before, next] = [writes[i - 1], writes[i + 1]];
    if (call.status !== 429 || !before || !next || restartedBetween(call, next)) continue;
    expect(next.at - call.at).toBeGreaterThanOrEqual(restartedBetween(before, call) ? 1_000 : 2_000);
  }
}
