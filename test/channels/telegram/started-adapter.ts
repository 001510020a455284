/** Telegram adapter under test, at a fake Bot API server. Both are closed after the test. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import type { ChannelEvent, DeadLetter } from '#channels/inbound.ts';
import type { OutboundMessage, SendContext } from '#channels/port.ts';
import {
  type TelegramAdapter,
  type TelegramOptions,
  telegramAdapter,
  WEBHOOK_PATH,
  type WebhookHandler,
} from '#channels/telegram/adapter.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import { type BotApi, type BotApiOptions, startBotApi } from '#test/fakes/bot-api.ts';
import { TestClock } from './test-clock.ts';

export const SECRET = 'a_secret-1';
export const CHAT = 4_242;
export const GROUP = -1_001_234;

export interface StartedAdapter {
  readonly api: BotApi;
  readonly clock: TestClock;
  readonly rejected: DeadLetter[];
  readonly log: { readonly level: string; readonly facts: object; readonly message: string }[];
  readonly adapter: TelegramAdapter;
  /** Starts another adapter for the same bot. */
  another(): Promise<TelegramAdapter>;
  readonly webhookUrl: string;
}

export async function startAdapter(
  options: {
    readonly mode?: 'polling' | 'webhook';
    readonly api?: BotApiOptions;
    readonly adapter?: Partial<TelegramOptions>;
    readonly wrap?: (handler: WebhookHandler) => WebhookHandler;
  } = {},
): Promise<StartedAdapter> {
  const clock = new TestClock({ automatic: true });
  const api = await startBotApi({ now: clock.now, ...options.api });
  for (const chat of [CHAT, GROUP]) api.chats.open(chat);
  const rejected: StartedAdapter['rejected'] = [];
  const log: StartedAdapter['log'] = [];
  const note = (level: string) => (facts: object, message: string) => void log.push({ level, facts, message });
  const adapters: TelegramAdapter[] = [];
  const closings: (() => Promise<unknown>)[] = [];
  let webhookUrl = '';

  const another = async (): Promise<TelegramAdapter> => {
    let handler: WebhookHandler | null = null;
    if (options.mode === 'webhook') {
      const server = createServer((request, response) => handler?.(request, response));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closings.push(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      });
      webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${WEBHOOK_PATH}`;
    }
    const adapter = telegramAdapter({
      token: api.token,
      apiRoot: api.url,
      mode: options.mode === 'webhook' ? { type: 'webhook', url: webhookUrl, secret: SECRET } : { type: 'polling' },
      clock,
      random: () => 0.5,
      pollSeconds: 5,
      log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
      deadLetter: async (one) => void rejected.push(one),
      ...options.adapter,
    });
    handler = adapter.webhook && (options.wrap ?? ((same) => same))(adapter.webhook);
    adapters.push(adapter);
    return adapter;
  };
  onTestFinished(async () => {
    await Promise.all(adapters.map((adapter) => adapter.stop()));
    await api.close();
    await Promise.all(closings.map((close) => close()));
  });
  const adapter = await another();
  return { api, clock, rejected, log, adapter, another, webhookUrl };
}

/**
 * Host that keeps the events it receives. `store` decides when, and whether, an event is durable.
 */
export class Host {
  readonly events: ChannelEvent[] = [];
  private readonly store: (event: ChannelEvent) => Promise<void>;

  constructor(store: (event: ChannelEvent) => Promise<void> = () => Promise.resolve()) {
    this.store = store;
  }

  readonly intake = async (event: ChannelEvent): Promise<{ sessionId: string; version: number; duplicate: boolean }> => {
    this.events.push(event);
    await this.store(event);
    return { sessionId: 'session', version: this.events.length, duplicate: false };
  };

  get texts(): string[] {
    return this.events.map((event) => ('text' in event ? event.text : event.type === 'command' ? `/${event.name}` : ''));
  }

  get ids(): string[] {
    return this.events.flatMap((event) => ('id' in event ? [event.id] : []));
  }
}

export const at = (chat: number | string): Address => parseAddress(`telegram:100:${chat}`);

export const says = (text: string, more: Partial<OutboundMessage> = {}): OutboundMessage => ({ text, author: 'assistant', ...more });

export function sending(more: Partial<SendContext> = {}): { readonly sent: string[]; readonly context: SendContext } {
  const sent: string[] = [];
  return {
    sent,
    context: {
      key: 'session.1',
      statusKey: 'session.1.2',
      attempt: 1,
      signal: new AbortController().signal,
      sent: [],
      onSent: async (ref) => void sent.push(ref),
      ...more,
    },
  };
}

/** Polls with a deadline that a busy machine does not miss. */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { interval: 5 });
}
