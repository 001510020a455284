/**
 * Telegram as a channel (SPEC C2, C6, C7, C8). It composes the folder's parts and is its only
 * export for the outside.
 */

import type { Clock } from '#machines/clock.ts';
import { StatechatError } from '#machines/errors.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { Backoff } from '../backoff.ts';
import { type ChannelProblem, failedCheck } from '../channel-problem.ts';
import { ChatPace } from '../chat-pace.ts';
import { EditedDraft } from '../edited-draft.ts';
import type { CountIgnored, Intake, KeepDeadLetter } from '../inbound.ts';
import { type ChannelLog, silent } from '../log.ts';
import { always, type LeaderLease } from '../plugin.ts';
import type {
  ChannelAdapter,
  ChannelCapabilities,
  Draft,
  DraftOptions,
  OutboundMessage,
  OutboundReaction,
  ReceivedFile,
  SendContext,
} from '../port.ts';
import { MemoryQuota, type Quota } from '../quota.ts';
import { BotApi, DEFAULT_API_ROOT } from './api.ts';
import { ALLOWED_UPDATES, type Bot, parsePeer } from './decode.ts';
import { telegramScreen } from './draft.ts';
import { Inbox } from './inbox.ts';
import { limitsOf } from './limits.ts';
import { Poller } from './polling.ts';
import { telegramProblem } from './problems.ts';
import { areButtons, MAX_MESSAGE_TEXT } from './render.ts';
import { Sender } from './send.ts';
import { type WebhookHandler, webhookHandler } from './webhook.ts';

export type { WebhookHandler } from './webhook.ts';

/** Where Telegram posts updates, below the app's public root. */
export const WEBHOOK_PATH = '/channels/telegram/webhook';

export interface TelegramOptions {
  /** From @BotFather. */
  readonly token: string;
  /** Another Bot API server. Default is Telegram's. */
  readonly apiRoot?: string;
  /**
   * `polling` needs no public address. One of several instances polls (`leaderLease`). With
   * `webhook` Telegram calls `url` (https, public), and any number of instances share it. `secret`
   * (1–256 of A–Z a–z 0–9 _ -) proves that the caller is Telegram.
   */
  readonly mode: { readonly type: 'polling' } | { readonly type: 'webhook'; readonly url: string; readonly secret: string };
  /** Stores updates that no session can take. Only then are they acknowledged. */
  readonly deadLetter: KeepDeadLetter;
  /** Called with each update that changes no session. Default is that the log has it. */
  readonly ignored?: CountIgnored;
  readonly log?: ChannelLog;
  readonly clock: Clock;
  /** Spreads retries. Default is Math.random. */
  readonly random?: () => number;
  /**
   * Polls whenever it is this instance's turn, because Telegram gives a bot's updates to one poller
   * at a time. Default is always, which is right for one instance per bot.
   */
  readonly leaderLease?: LeaderLease;
  /**
   * Counts against Telegram's limits. Default is in memory, which is right for one instance per
   * bot.
   */
  readonly quota?: Quota;
  /**
   * Milliseconds that a send waits for its turn before it is given back as `RateLimited`. Default
   * 15,000.
   */
  readonly maxWaitMs?: number;
  /**
   * Moves what is kept under a name of this account to the account itself, and resolves when it is
   * there. Called before updates are taken. Without it, nothing was ever kept under a name.
   */
  readonly adoptAccount?: (account: string, name: string) => Promise<void>;
  /** Seconds of a long poll. Default 30. Shorter costs requests and gains nothing. */
  readonly pollSeconds?: number;
  /** Milliseconds that Telegram is given to answer a call. Default 30,000. */
  readonly timeoutMs?: number;
}

export interface TelegramAdapter extends ChannelAdapter {
  /** Takes Telegram's posts. Mount it at `WEBHOOK_PATH`. Null when polling. */
  readonly webhook: WebhookHandler | null;
}

const CAPABILITIES: ChannelCapabilities = {
  streaming: 'edits',
  typing: true,
  edits: true,
  buttons: areButtons,
  media: ['image', 'voice', 'audio', 'video', 'document', 'sticker', 'location', 'contact'],
  cards: ['location', 'contact', 'link', 'location_request'],
  reactions: true,
  replies: true,
  maxText: MAX_MESSAGE_TEXT,
  receipts: false,
  window: false,
  idempotentSend: false,
};

export function telegramAdapter(options: TelegramOptions): TelegramAdapter {
  return new Telegram(options);
}

class Telegram implements TelegramAdapter {
  readonly name = 'telegram';
  readonly capabilities = CAPABILITIES;
  readonly webhook: WebhookHandler | null;
  private readonly options: TelegramOptions;
  private readonly api: BotApi;
  private readonly clock: Clock;
  private readonly log: ChannelLog;
  private readonly backoff: Backoff;
  private readonly pace: ChatPace<number>;
  private readonly sender: Sender;
  private readonly inbox: Inbox;
  private bot: Bot | undefined;
  private stopping: AbortController | undefined;
  private background: Promise<void> = Promise.resolve();

  constructor(options: TelegramOptions) {
    this.options = options;
    this.clock = options.clock;
    this.log = options.log ?? silent;
    this.api = new BotApi({ token: options.token, apiRoot: options.apiRoot ?? DEFAULT_API_ROOT, timeoutMs: options.timeoutMs ?? 30_000 });
    this.backoff = new Backoff(this.clock, options.random ?? Math.random);
    this.pace = new ChatPace({
      clock: this.clock,
      quota: options.quota ?? new MemoryQuota(),
      limitsOf,
      maxWaitMs: options.maxWaitMs ?? 15_000,
    });
    this.sender = new Sender({ api: this.api, pace: this.pace, onMigrated: (from, to) => this.inbox.migrated(from, to) });
    this.inbox = new Inbox({
      clock: this.clock,
      random: options.random ?? Math.random,
      log: this.log,
      deadLetter: options.deadLetter,
      ignored: options.ignored ?? ((event) => this.log.info(event, 'telegram update ignored')),
      answerButton: async (callbackId) => void (await this.api.call('answerCallbackQuery', { callback_query_id: callbackId })),
    });
    this.webhook = options.mode.type === 'webhook' ? webhookHandler(this.inbox, options.mode.secret) : null;
  }

  /**
   * Resolves when updates are taken in. If Telegram cannot be reached now, it resolves too, and
   * keeps trying. Throws `Unauthorized` for a bad token, `Refused` for a webhook address that
   * Telegram does not take.
   */
  async start(intake: Intake): Promise<void> {
    if (this.stopping) throw new StatechatError('already_started', 'the Telegram adapter is started already: stop it first');
    const stopping = new AbortController();
    this.stopping = stopping;
    let begun = false;
    try {
      await this.receive(intake, stopping.signal);
      begun = true;
    } catch (error) {
      if (!(error instanceof StatechatError && error.retryable)) {
        this.stopping = undefined;
        throw error;
      }
      this.log.warn({ error }, 'telegram cannot be reached yet and is tried again');
    }
    this.background = this.run(begun, intake, stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping?.abort();
    await Promise.all([this.background, this.options.mode.type === 'webhook' ? this.inbox.end() : undefined]);
    await this.inbox.end();
    this.stopping = undefined;
  }

  private async run(begun: boolean, intake: Intake, signal: AbortSignal): Promise<void> {
    for (let connected = begun; !connected && !signal.aborted; ) {
      try {
        await this.backoff.pause(undefined, signal);
        await this.receive(intake, signal);
        connected = true;
      } catch (error) {
        if (!signal.aborted) this.log.warn({ error }, 'telegram still cannot be reached');
      }
    }
    this.backoff.reset();
    const { bot } = this;
    if (this.options.mode.type !== 'polling' || signal.aborted || bot === undefined) return;
    const { leaderLease = always } = this.options;
    // A new poller each time, because another instance has moved the offset since.
    await leaderLease((turn) => this.poll(bot, turn), signal);
  }

  /** From here on updates are taken. In polling mode none comes before the poller requests it. */
  private async receive(intake: Intake, signal: AbortSignal): Promise<void> {
    const bot = await this.connect(signal);
    this.bot = bot;
    if (this.options.mode.type === 'webhook') await this.adoptAccount(bot);
    this.inbox.begin(intake, bot);
  }

  /**
   * What is kept under a username of the bot must be under its id before an update is taken. Else
   * its chat would begin again.
   */
  private async adoptAccount({ id, username }: Bot): Promise<void> {
    await this.options.adoptAccount?.(String(id), username);
  }

  private async poll(bot: Bot, signal: AbortSignal): Promise<void> {
    const { api, inbox, backoff, log } = this;
    // Not earlier, because another instance that still polls, perhaps one of 0.1.0, must have
    // stopped.
    for (let adopted = false; !adopted && !signal.aborted; ) {
      adopted = await this.adoptAccount(bot).then(
        () => true,
        async (error: unknown) => {
          log.warn({ error }, 'the data under the username of the bot could not be moved to its id and is tried again');
          await backoff.pause(error, signal).catch(() => undefined);
          return false;
        },
      );
    }
    backoff.reset();
    await new Poller({ api, inbox, backoff, log, pollSeconds: this.options.pollSeconds ?? 30 }).run(signal);
  }

  private async connect(signal: AbortSignal): Promise<Bot> {
    const { mode } = this.options;
    const bot = await this.api.call('getMe', {}, { signal });
    if (mode.type === 'webhook') {
      await this.api.call('setWebhook', { url: mode.url, secret_token: mode.secret, allowed_updates: [...ALLOWED_UPDATES] }, { signal });
    } else {
      // While a webhook is set, polling is answered by a conflict. What waits at Telegram is kept.
      await this.api.call('deleteWebhook', { drop_pending_updates: false }, { signal });
    }
    this.log.info({ bot: bot.username, mode: mode.type }, 'telegram connected');
    return { id: bot.id, username: bot.username };
  }

  async send(to: Address, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string> {
    return await this.sender.send(addressParts(to).peer, message, context);
  }

  async typing(to: Address): Promise<void> {
    try {
      await this.sender.typing(parsePeer(addressParts(to).peer));
    } catch (error) {
      this.log.debug({ error }, 'telegram typing was not shown');
    }
  }

  async receivedFile(ref: string, mostBytes: number, signal?: AbortSignal): Promise<ReceivedFile> {
    return await this.api.file(ref, mostBytes, signal);
  }

  draft(to: Address, options: DraftOptions): Draft {
    const peer = parsePeer(addressParts(to).peer);
    return new EditedDraft({ ...options, screen: telegramScreen({ peer, sender: this.sender, pace: this.pace }), clock: this.clock });
  }

  async check(): Promise<ChannelProblem | null> {
    const { mode, apiRoot: root = DEFAULT_API_ROOT } = this.options;
    try {
      await this.api.call('getMe', {});
      const info = await this.api.call('getWebhookInfo', {});
      if (mode.type === 'polling') return info.url === '' ? null : telegramProblem('webhook_set', {});
      if (info.url !== mode.url) return telegramProblem(info.url === '' ? 'no_webhook' : 'other_webhook', { wanted: mode.url });
      if (info.last_error_date === undefined || info.pending_update_count === 0) return null;
      const { last_error_message: reason = '–', pending_update_count: waiting } = info;
      return telegramProblem('undelivered', { url: mode.url, reason, waiting: String(waiting) });
    } catch (error) {
      return failedCheck(error, { provider: 'Telegram', root, setting: 'TELEGRAM_API_ROOT' });
    }
  }
}
