/**
 * The stock analyst with a model, for the tests of a file. The whole app runs with the real SDK
 * before a server that speaks the Messages API, the real client before a Bot API server, and a
 * provider of market data.
 */

import { afterAll, expect, vi } from 'vitest';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { fakeFinancialModelingPrep } from '#test/fakes/financial-modeling-prep.ts';
import type { JsonProvider } from '#test/fakes/json-provider.ts';
import { FakeMessagesApi } from '#test/fakes/messages-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { fastClock } from './fast-clock.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { TelegramChat } from './telegram-chat.ts';

const FMP_KEY = 'fmp-key';

/** An analysis, in pieces as a model writes. */
export const TEXT = [
  '## Executive summary\n\n**App',
  'le** earns more ',
  'than it spends.\n\n',
  '- Cash\n- Supply',
  '\n\nThis is information, not advice.',
];

export interface AnalystWithModel {
  readonly telegram: BotApi;
  readonly model: FakeMessagesApi;
  readonly market: JsonProvider;
  readonly app: RunningApp;
  /** A new customer. */
  openChat(): TelegramChat;
  /** Whatever was shown so far was markup that Telegram takes, within its limits. */
  expectAllTaken(): void;
}

/** Ends with the file. Call it at the top of it, not inside a test. */
export async function startAnalyst(): Promise<AnalystWithModel> {
  const { connectionString } = await createTestDatabase();
  const ends: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  const pace = fastClock(Date.now(), 40);
  const telegram = await startBotApi({ limits: true, now: pace.now });
  ends.push(() => telegram.close());
  const model = await FakeMessagesApi.start();
  ends.push(() => model.close());
  const market = await fakeFinancialModelingPrep(FMP_KEY);
  ends.push(() => market.close());
  const app = await runApp(
    {
      DATABASE_URL: connectionString,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      STATECHAT_ASSISTANTS: 'telegram=stock-analyst',
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: model.url,
      FMP_API_KEY: FMP_KEY,
      FMP_BASE_URL: market.url,
    },
    { policy: { debounceMs: 50 }, channels: [telegramPlugin({ clock: pace, pollSeconds: 2 })] },
  );
  ends.push(() => app.stop());
  let chats = 0;
  return {
    telegram,
    model,
    market,
    app,
    openChat: () => new TelegramChat(telegram, app, 8_000 + ++chats),
    expectAllTaken: () => {
      const shown = telegram.calls.filter(({ method }) => ['sendMessage', 'editMessageText', 'sendDocument'].includes(method));
      expect(shown.filter(({ status }) => status !== 200)).toEqual([]);
    },
  };
}

/** The last message of the chat. */
export function sees(chat: TelegramChat, last: RegExp): Promise<void> {
  return vi.waitFor(() => expect(chat.last).toMatch(last), PATIENCE);
}

/** The request that is the `number`-th from now on. */
export function requestOf(model: FakeMessagesApi, number: number): Promise<FakeMessagesApi['requests'][number]> {
  return vi.waitFor(() => {
    const found = model.requests[number - 1];
    if (found === undefined) throw new Error(`the model was not asked ${number} times`);
    return found;
  }, PATIENCE);
}
