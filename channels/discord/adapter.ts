/**
 * Discord as a channel (SPEC C1, C4, C6, C7, C8). It composes the folder's parts and is its only
 * export for the outside, beside the plugin.
 */
import * as z from 'zod';
import { type Clock, sleep } from '#machines/clock.ts';
import { StatechatError } from '#machines/errors.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { Backoff } from '../backoff.ts';
import { type ChannelProblem, failedCheck, type KnownProblem } from '../channel-problem.ts';
import { ChatPace } from '../chat-pace.ts';
import { EditedDraft } from '../edited-draft.ts';
import type { CountIgnored, Intake, KeepDeadLetter } from '../inbound.ts';
import type { ChannelLog } from '../log.ts';
import type { ChannelCommand, LeaderLease, TakenEvents } from '../plugin.ts';
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
import type { Quota } from '../quota.ts';
import { CODES, DiscordApi, isRefusal, Unauthorized } from './api.ts';
import { type Answers, Audience, readsEverything } from './audience.ts';
import { CatchUp } from './catch-up.ts';
import { registerCommands } from './commands.ts';
import { attachmentsOf, contentFields, parseFileRef, snowflake } from './content.ts';
import type { Bot } from './decode.ts';
import { discordScreen } from './draft.ts';
import { Gateway, GatewayRefused } from './gateway.ts';
import { Inbox } from './inbox.ts';
import { Interactions } from './interactions.ts';
import { limitsOf } from './limits.ts';
import { parsePeer } from './peer.ts';
import { Places } from './places.ts';
import { discordProblem } from './problems.ts';
import { areButtons, MAX_MESSAGE_TEXT } from './render.ts';
import { Replies } from './replies.ts';
import type { Sdk } from './sdk.ts';
import { Sender } from './send.ts';

export interface DiscordOptions {
  readonly sdk: Sdk;
  /** From the Developer Portal. It begins with the id of the bot's user. */
  readonly token: string;
  /** URL of Discord, or of another server that speaks its API, without a slash at the end. */
  readonly apiRoot: string;
  readonly answers: Answers;
  /** Channels of servers in which it answers, and their threads. Undefined for all. */
  readonly channels: ReadonlySet<string> | undefined;
  /** Shown by Discord where a customer writes a slash. */
  readonly commands: readonly ChannelCommand[];
  readonly taken: TakenEvents;
  readonly deadLetter: KeepDeadLetter;
  readonly ignored: CountIgnored;
  readonly log: ChannelLog;
  readonly clock: Clock;
  /** Receives whenever it is this instance's turn, because Discord sends each event once. */
  readonly leaderLease: LeaderLease;
  readonly quota: Quota;
  /** Spreads retries. Default is Math.random. */
  readonly random?: () => number;
  /**
   * Milliseconds that a send waits for its turn before it is given back as `RateLimited`. Default
   * 15,000.
   */
  readonly maxWaitMs?: number;
  /** Milliseconds that Discord is given to answer a call. Default 30,000. */
  readonly timeoutMs?: number;
}

const CAPABILITIES: ChannelCapabilities = {
  streaming: 'edits',
  typing: true,
  edits: true,
  buttons: areButtons,
  media: ['image', 'voice', 'audio', 'video', 'document'],
  cards: ['link'],
  reactions: true,
  replies: true,
  maxText: MAX_MESSAGE_TEXT,
  receipts: false,
  window: false,
  idempotentSend: true,
};

/**
 * Pause after a refusal that only an operator ends, in milliseconds. Discord counts connections,
 * and this many are no danger to the bot.
 */
const REFUSED_MS = 5 * 60_000;

/** Flags of an application that gets the text of all messages, by its size. */
const MESSAGE_CONTENT_FLAGS = (1 << 18) | (1 << 19);

const anything = z.unknown();
const me = z.object({ id: snowflake, username: z.string() });
const application = z.object({ flags: z.number().int().default(0) });
const withFiles = z.object(contentFields);

export function discordAdapter(options: DiscordOptions): ChannelAdapter {
  return new Discord(options);
}

/** A token begins with the id of the bot's user, which is no secret. */
export function botIdOf(token: string): string {
  return Buffer.from(token.split('.')[0] ?? '', 'base64').toString('latin1');
}

class Discord implements ChannelAdapter {
  readonly name = 'discord';
  readonly capabilities = CAPABILITIES;
  private readonly options: DiscordOptions;
  private readonly api: DiscordApi;
  private readonly backoff: Backoff;
  private readonly pace: ChatPace<string>;
  private readonly replies: Replies;
  private readonly sender: Sender;
  private readonly inbox: Inbox;
  private readonly gateway: Gateway;
  private stopping: AbortController | undefined;
  private background: Promise<void> = Promise.resolve();
  /** Gives the present connection up. */
  private overflow = new AbortController();
  /** Why Discord refuses the connection. */
  private fault: KnownProblem | undefined;

  constructor(options: DiscordOptions) {
    const { sdk, token, apiRoot, answers, channels, clock, log, taken, random = Math.random } = options;
    const { Routes: routes } = sdk;
    this.options = options;
    this.api = new DiscordApi({ sdk, token, apiRoot, timeoutMs: options.timeoutMs ?? 30_000, log });
    this.backoff = new Backoff(clock, random);
    this.pace = new ChatPace({ clock, quota: options.quota, limitsOf, maxWaitMs: options.maxWaitMs ?? 15_000 });
    this.replies = new Replies({
      clock,
      withdraw: ({ application: id, token: secret }) =>
        void this.api.call(anything, 'delete', routes.webhookMessage(id, secret), { auth: false }).catch(() => undefined),
    });
    this.sender = new Sender({ api: this.api, routes, pace: this.pace, replies: this.replies });
    const places = new Places({ api: this.api, routes });
    this.inbox = new Inbox({
      audience: new Audience({ answers, channels, places }),
      places,
      catchUp: new CatchUp({ api: this.api, routes, taken, clock }),
      interactions: new Interactions({ api: this.api, routes, clock, log }),
      replies: this.replies,
      isDeleted: (message) => this.sender.isDeleted(message),
      clock,
      random,
      log,
      deadLetter: options.deadLetter,
      ignored: options.ignored,
      onReady: (id) => this.connected(id),
      onFull: () => this.overflow.abort(),
    });
    this.gateway = new Gateway({
      sdk,
      api: this.api,
      token,
      answers,
      clock,
      log,
      onSession: () => this.inbox.session(),
      onEvent: (event) => this.inbox.receive(event),
    });
  }

  /**
   * Resolves when events are taken in, by this instance or the one whose turn it is. If Discord
   * cannot be reached now, it resolves too, and keeps trying. Throws `Unauthorized` for a bad
   * token.
   */
  async start(intake: Intake): Promise<void> {
    if (this.stopping) throw new StatechatError('already_started', 'the Discord adapter is started already: stop it first');
    const stopping = new AbortController();
    this.stopping = stopping;
    let bot: Bot | undefined;
    try {
      bot = await this.api.call(me, 'get', this.options.sdk.Routes.user(), { signal: stopping.signal });
    } catch (error) {
      if (!(error instanceof StatechatError && error.retryable)) {
        this.stopping = undefined;
        throw error;
      }
      this.options.log.warn({ error }, 'discord cannot be reached yet and is tried again');
    }
    this.background = this.run(bot, intake, stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping?.abort();
    await this.background;
    await this.inbox.end();
    this.replies.end();
    this.stopping = undefined;
  }

  private async run(known: Bot | undefined, intake: Intake, signal: AbortSignal): Promise<void> {
    const { log, sdk, leaderLease } = this.options;
    let bot = known;
    while (bot === undefined && !signal.aborted) {
      try {
        await this.backoff.pause(undefined, signal);
        bot = await this.api.call(me, 'get', sdk.Routes.user(), { signal });
      } catch (error) {
        if (!signal.aborted) log.warn({ error }, 'discord still cannot be reached');
      }
    }
    this.backoff.reset();
    if (bot === undefined || signal.aborted) return;
    this.inbox.begin(intake, bot);
    await leaderLease((turn) => this.receive(turn), signal);
  }

  /** Holds the connection until the turn ends. */
  private async receive(turn: AbortSignal): Promise<void> {
    while (!turn.aborted) {
      const overflow = new AbortController();
      this.overflow = overflow;
      let failure: unknown;
      try {
        await this.gateway.run(AbortSignal.any([turn, overflow.signal]));
      } catch (error) {
        failure = error;
      }
      await this.inbox.drop();
      if (turn.aborted) return;
      if (overflow.signal.aborted) this.options.log.warn({}, 'too many discord events wait, so they are fetched later');
      await this.pause(failure, turn);
    }
  }

  private async pause(failure: unknown, turn: AbortSignal): Promise<void> {
    const { log, clock } = this.options;
    if (failure instanceof GatewayRefused || failure instanceof Unauthorized) {
      this.fault = failure.problem;
      log.error({ error: failure }, failure.message);
      await sleep(clock, REFUSED_MS, turn).catch(() => undefined);
      return;
    }
    if (failure !== undefined) log.warn({ error: failure }, 'discord cannot be connected to and is tried again');
    await this.backoff.pause(failure, turn).catch(() => undefined);
  }

  private connected(id: string): void {
    const { sdk, commands, answers, log } = this.options;
    this.fault = undefined;
    this.backoff.reset();
    registerCommands({ api: this.api, routes: sdk.Routes, application: id, commands, answers }).then(
      (changed) => (changed ? log.info({ commands: commands.length }, 'discord commands registered') : undefined),
      (error: unknown) => log.warn({ error }, 'discord commands could not be registered, and are with the next connection'),
    );
  }

  async send(to: Address, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string> {
    return await this.sender.send(addressParts(to).peer, message, context);
  }

  async typing(to: Address): Promise<void> {
    try {
      await this.sender.typing(parsePeer(addressParts(to).peer));
    } catch (error) {
      this.options.log.debug({ error }, 'discord typing was not shown');
    }
  }

  async receivedFile(ref: string, mostBytes: number, signal?: AbortSignal): Promise<ReceivedFile> {
    const file = parseFileRef(ref);
    if (file === undefined) return 'gone';
    const route = this.options.sdk.Routes.channelMessage(file.channel, file.message);
    const message = await this.api.call(withFiles, 'get', route, { signal }).catch((error: unknown) => {
      if (isRefusal(error, CODES.unknownMessage, CODES.unknownChannel, CODES.missingAccess)) return undefined;
      throw error;
    });
    const found = message && attachmentsOf(message).find(({ id }) => id === file.attachment);
    if (found === undefined) return 'gone';
    return (found.size ?? 0) > mostBytes ? 'too_large' : await this.api.file(found.url, signal);
  }

  draft(to: Address, options: DraftOptions): Draft {
    const peer = parsePeer(addressParts(to).peer);
    return new EditedDraft({
      ...options,
      screen: discordScreen({ peer, sender: this.sender, pace: this.pace }),
      clock: this.options.clock,
    });
  }

  async check(): Promise<ChannelProblem | null> {
    const { sdk, answers, apiRoot: root } = this.options;
    if (this.fault !== undefined) return this.fault;
    try {
      await this.api.call(me, 'get', sdk.Routes.user());
      const { flags } = await this.api.call(application, 'get', sdk.Routes.currentApplication());
      const isBlind = readsEverything(answers) && (flags & MESSAGE_CONTENT_FLAGS) === 0;
      return isBlind ? discordProblem('no_message_content', {}) : null;
    } catch (error) {
      return failedCheck(error, { provider: 'Discord', root, setting: 'DISCORD_API_ROOT' });
    }
  }
}
