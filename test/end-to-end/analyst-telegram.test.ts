/**
 * What customers of the stock analyst do over Telegram's protocol (A7, C8, C9, S3, S4). The whole
 * app, with the offline model and the bundled data, runs before a Bot API server with Telegram's
 * limits. All tests share one app, and each has its own chat.
 */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { fastClock } from './fast-clock.ts';
import { JumpingClock } from './jumping-clock.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { TelegramChat } from './telegram-chat.ts';

const { connectionString } = await createTestDatabase();
const clock = new JumpingClock();
let telegram: BotApi;
let app: RunningApp;
let chats = 0;
beforeAll(async () => {
  const pace = fastClock(Date.now(), 40);
  telegram = await startBotApi({ limits: true, now: pace.now });
  app = await runApp(
    {
      DATABASE_URL: connectionString,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      STATECHAT_ASSISTANTS: 'telegram=stock-analyst',
    },
    {
      provider: (plans) => createOfflineProvider({ delayMs: 1, plans }),
      // Long enough for a busy machine to take in three messages.
      policy: { debounceMs: 2_000 },
      channels: [telegramPlugin({ clock: pace, pollSeconds: 2 })],
      clock,
    },
  );
});
afterAll(async () => {
  await app?.stop();
  await telegram?.close();
});

const openChat = (language?: string): TelegramChat => new TelegramChat(telegram, app, 7_000 + ++chats, language);

/** Sends the text and waits until the chat's last message is as expected. */
async function hears(chat: TelegramChat, said: string, answer: RegExp): Promise<void> {
  chat.say(said);
  await vi.waitFor(() => expect(chat.last).toMatch(answer), PATIENCE);
}

/** Resolves when what is due by then in the chat's session has been done. */
async function pass(chat: TelegramChat, minutes: number): Promise<void> {
  const { id } = await chat.session();
  const timers = async () => (await app.api.history(id)).filter(({ kind }) => kind === 'timer').length;
  const before = await timers();
  clock.jump(minutes);
  await expect.poll(timers, PATIENCE).toBeGreaterThan(before);
}

const WELCOME = /^bot: Hello! I analyse shares and crypto assets\./;
const HELP = /^bot: Send a symbol such as AAPL or BTC for a full analysis/;
const AAPL_REPORT = /^bot: AAPL-\d{4}-\d\d-\d\d\.pdf$/;

describe('a customer of the stock analyst', { concurrent: true }, () => {
  it('is greeted, has a share analysed while they watch, gets the report, asks about it, and changes the subject when they confirm', async () => {
    const chat = openChat();
    await hears(chat, '/start', WELCOME);
    await hears(chat, '/help', HELP);
    const before = chat.calls.length;
    await hears(chat, 'AAPL', AAPL_REPORT);

    // The text is one message that was edited. Its report is below it.
    expect(chat.shown).toHaveLength(7);
    const [text = ''] = chat.shown.slice(-2);
    expect(text).toMatch(/^bot: Executive summary\n\nApple Inc\. \(AAPL\)[\s\S]*Risks[\s\S]*This is information, not investment advice\.$/);
    const partial = chat.calls.slice(before);
    expect(partial.map(({ method }) => method)).toEqual([
      'sendMessage',
      ...Array(partial.length - 2).fill('editMessageText'),
      'sendDocument',
    ]);
    expect(partial.length).toBeGreaterThan(4);
    expect(telegram.transcript(chat.id).at(-1)?.text).toMatch(/^Report on AAPL, \d+ \w+ \d{4}$/);
    const [report] = chat.documents;
    expect(Buffer.from(report?.bytes ?? []).toString('latin1')).toMatch(/^%PDF-1[\s\S]*%%EOF\s*$/);

    await hears(chat, '/status', /^bot: The analysis of AAPL is complete\./);
    await hears(chat, 'What are the risks?', /^bot: The analysis of AAPL says:\n\n• Debt of USD/);
    await hears(chat, 'MSFT', /^bot: An analysis is open already\. Shall I start a new one for MSFT\?/);
    // Anything but a yes is a question about the open one, and the offer is gone.
    await hears(chat, 'What is the price of it?', /^bot: The analysis of AAPL says:[\s\S]*118\.00/);
    await hears(chat, 'yes', /^bot: I have your message/);
    // What can't be analysed takes nothing away.
    await hears(chat, 'XYZQ', /Shall I start a new one for XYZQ\?/);
    await hears(chat, 'yes', /^bot: I have no data about XYZQ\./);
    await hears(chat, '/status', /^bot: The analysis of AAPL is complete\./);
    await hears(chat, 'MSFT', /Shall I start a new one for MSFT\?/);
    await hears(chat, 'Yes!', /^bot: MSFT-.*\.pdf$/);
    expect(chat.shown.at(-2)).toMatch(/Microsoft Corporation \(MSFT\)/);
    await hears(chat, '/stop', /^bot: There is nothing to stop\./);
    // After the reset the next subject is not a second one.
    await hears(chat, '/reset', /^bot: Done\. This conversation is cleared/);
    await hears(chat, '/status', /^bot: No analysis is open\./);
    await hears(chat, '/agent', /^bot: I am passing you to a colleague\./);
    expect(await chat.session()).toMatchObject({ state: 'WAITING_AGENT', handler: 'none' });
  });

  it('asks for a value, for peers, for the news, and for what there is not', async () => {
    const chat = openChat();
    await hears(chat, '/dcf KO', /^bot: Executive summary[\s\S]*KO[\s\S]*If the assumptions differ[\s\S]*not investment advice\.$/);
    await hears(chat, '/dcf BTC', /Shall I start a new one/);
    await hears(chat, '/peers AAPL', /Shall I start a new one/);
    await hears(chat, 'ok', /^bot: Executive summary\n\nAAPL · MSFT · GOOGL · NVDA[\s\S]*not investment advice\.$/);
    await hears(chat, '/sentiment AAPL', /Shall I start a new one/);
    await hears(
      chat,
      'yes',
      /tone[\s\S]*headlines[\s\S]*not investment advice\.\n\nYou also had an analysis of AAPL on \d{4}-\d\d-\d\d\.$/,
    );
    await hears(chat, '/nonsense', HELP);

    const other = openChat();
    await hears(other, 'XYZQ', /^bot: I have no data about XYZQ\./);
    await hears(other, '/analyze', /^bot: Which company\?/);
    await hears(other, '/analyze what?', /is not a ticker symbol/);
    await hears(other, '/dcf BTC', /BTC has no cash flows/);
    // None of these left anything open.
    await hears(other, '/status', /^bot: No analysis is open\./);
    await hears(other, '/analyze portfolio AAPL 40, MSFT 60', /^bot: portfolio-.*\.pdf$/);
    expect(other.shown.at(-2)).toMatch(/^bot: Executive summary\n\nMSFT · AAPL · Type: portfolio[\s\S]*advice\.$/);
  });

  it('writes three messages at once and gets one answer', async () => {
    const chat = openChat();
    for (const text of ['hi', 'my name is Sara', 'are you there?']) chat.say(text);
    await vi.waitFor(() => expect(chat.last).toMatch(/^bot: [\s\S]*no language model is connected here\.$/), PATIENCE);
    await hears(chat, 'what is my name?', /^bot: Your name is Sara\.$/);
    expect(chat.shown.filter((line) => line.startsWith('bot: '))).toHaveLength(2);
  });

  it('is served in Arabic', async () => {
    const chat = openChat('ar');
    await hears(chat, '/start', /^bot: مرحبًا! أحلل الأسهم/);
    await hears(chat, 'AAPL', AAPL_REPORT);
    expect(chat.shown.at(-2)).toMatch(/^bot: الملخص/);
    await hears(chat, 'ما المخاطر؟', /^bot: [\s\S]*AAPL[\s\S]*•.*$/);
    // The whole analysis is in the prompt.
    await vi.waitFor(() => expect(chat.last).not.toContain('…'), PATIENCE);
    await hears(chat, 'MSFT', /هل أبدأ تحليلًا جديدًا لـ MSFT/);
    await hears(chat, 'نعم', /^bot: MSFT-.*\.pdf$/);
    await hears(chat, '/status', /اكتمل تحليل MSFT/);
    await hears(chat, '/dcf BTC', /هناك تحليل مفتوح/);
    await hears(chat, '/agent', /سأحوّلك إلى أحد الزملاء/);
  });
});

it('an offer of a new analysis holds for two minutes, an analysis for sixty (S3)', async () => {
  const chat = openChat();
  await hears(chat, 'BTC', /^bot: BTC-.*\.pdf$/);
  await hears(chat, 'ETH', /Shall I start a new one for ETH\?/);
  await pass(chat, 3);
  await hears(chat, 'yes', /^bot: (?!Executive summary)/);
  await hears(chat, '/status', /^bot: The analysis of BTC is complete\./);
  // The last message counts, whatever it was.
  await pass(chat, 58);
  expect(await chat.session()).toMatchObject({ state: 'IDLE' });
  await hears(chat, '/status', /^bot: The analysis of BTC is complete\./);
  await pass(chat, 3);
  await hears(chat, '/status', /^bot: No analysis is open\./);
  await hears(chat, 'ETH', /^bot: ETH-.*\.pdf$/);
});

it('whatever was shown at any moment was markup that Telegram takes, within its limits, and none of it raw', () => {
  const shown = telegram.calls.filter(({ method }) => ['sendMessage', 'editMessageText', 'sendDocument'].includes(method));
  expect(shown.filter(({ status }) => status !== 200)).toEqual([]);
  const raw = shown.map(({ payload }) => String(payload['text'] ?? '')).filter((text) => /\*\*|^#{1,6}(?: |$)|^\| ?|\|$/m.test(text));
  expect(raw).toEqual([]);
});
