/**
 * Connection on which Discord sends events. discord.js keeps it alive, resumes it, and receives
 * again what was sent meanwhile.
 *
 * Owns one connection, which of its ends are final, and since when a session is new. Does not own
 * what becomes of an event (inbox.ts).
 *
 * Invariants
 * 1. `onSession` is called before the first event of each session that is not a resumed one. What
 *    was sent between two sessions is lost to the gateway, so it has to be fetched.
 * 2. `run` ends when its signal is aborted, or when Discord says that another attempt would end the
 *    same way. After it nothing more is received, and no connection is made. discord.js would
 *    connect again if it was closed between two connections, or before a session began.
 */
import type { SessionInfo, WebSocketManager } from '@discordjs/ws';
import * as z from 'zod';
import type { Clock } from '#machines/clock.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { KnownProblem } from '../channel-problem.ts';
import type { ChannelLog } from '../log.ts';
import type { DiscordApi } from './api.ts';
import { type Answers, readsEverything } from './audience.ts';
import { discordProblem, type PROBLEMS } from './problems.ts';
import type { Sdk } from './sdk.ts';

/** Bits of what Discord is asked to send. */
const GUILDS = 1 << 0;
const GUILD_MESSAGES = 1 << 9;
const DIRECT_MESSAGES = 1 << 12;
const DIRECT_MESSAGE_REACTIONS = 1 << 13;
const DIRECT_MESSAGE_TYPING = 1 << 14;
const MESSAGE_CONTENT = 1 << 15;

/** How long a connection has to close, in milliseconds. Then it is left to end by itself. */
const CLOSING_MS = 3_000;

/** Discord refused the connection for good. */
export class GatewayRefused extends StatechatError {
  readonly problem: KnownProblem;
  constructor(code: number, problem: KnownProblem) {
    super('discord_gateway_refused', problem.text, { facts: { closeCode: code }, expose: false });
    this.problem = problem;
    this.name = 'GatewayRefused';
  }
}

/** Close codes after which a further attempt ends the same way. */
const FINAL: ReadonlyMap<number, keyof typeof PROBLEMS> = new Map([
  [4004, 'token'],
  [4010, 'shard'],
  [4011, 'more_shards'],
  [4012, 'gateway_version'],
  [4013, 'unknown_intent'],
  [4014, 'no_message_content'],
]);

const gatewayBot = z.object({
  shards: z.number().int().positive(),
  session_start_limit: z.object({ remaining: z.number().int(), reset_after: z.number() }),
});

export interface GatewayEvent {
  /** Such as `MESSAGE_CREATE`. */
  readonly type: string;
  readonly data: unknown;
  /** Stable if Discord sends the event again after a resume. */
  readonly id: string;
}

export interface GatewayOptions {
  readonly sdk: Sdk;
  readonly api: DiscordApi;
  readonly token: string;
  readonly answers: Answers;
  readonly clock: Clock;
  readonly log: ChannelLog;
  /** A new session begins. */
  readonly onSession: () => void;
  /** Must not throw. */
  readonly onEvent: (event: GatewayEvent) => void;
}

export class Gateway {
  private readonly options: GatewayOptions;

  constructor(options: GatewayOptions) {
    this.options = options;
  }

  /**
   * Receives until the signal is aborted. Throws `GatewayRefused`, `Unauthorized`, `RateLimited` or
   * `Unavailable`.
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.spareSessions(signal);
    signal.throwIfAborted();
    const sessions = new Map<number, SessionInfo>();
    const over = new AbortController();
    const manager = this.manager(sessions, over.signal);
    const end = Promise.withResolvers<void>();
    const stop = (): void => end.resolve();
    signal.addEventListener('abort', stop, { once: true });
    this.listen(manager, sessions, (error) => end.reject(error));
    try {
      manager.connect().catch((error: unknown) => end.reject(meaning(error)));
      await end.promise;
    } finally {
      signal.removeEventListener('abort', stop);
      over.abort();
      await this.close(manager);
    }
  }

  private manager(sessions: Map<number, SessionInfo>, over: AbortSignal): WebSocketManager {
    const { sdk, api, token, answers } = this.options;
    const direct = DIRECT_MESSAGES | DIRECT_MESSAGE_REACTIONS | DIRECT_MESSAGE_TYPING;
    return new sdk.WebSocketManager({
      token,
      rest: api.rest,
      intents: direct | (answers === 'direct' ? 0 : GUILDS | GUILD_MESSAGES) | (readsEverything(answers) ? MESSAGE_CONTENT : 0),
      // The library waits for this before each connection and each event.
      retrieveSessionInfo: (shard) => (over.aborted ? new Promise(() => {}) : (sessions.get(shard) ?? null)),
      updateSessionInfo: (shard, session) => {
        if (session === null) sessions.delete(shard);
        else sessions.set(shard, session);
      },
    });
  }

  private listen(manager: WebSocketManager, sessions: ReadonlyMap<number, SessionInfo>, fail: (error: Error) => void): void {
    const { sdk, log, onSession, onEvent } = this.options;
    const { WebSocketShardEvents: on } = sdk;
    // What was written before this event does not come by the gateway. What was written after it
    // does.
    manager.on(on.Ready, ({ shardId }) => {
      onSession();
      log.info({ shard: shardId }, 'discord connected');
    });
    manager.on(on.Resumed, ({ shardId }) => {
      log.info({ shard: shardId }, 'discord connected again, and nothing was missed');
    });
    manager.on(on.Closed, ({ code, shardId }) => {
      const final = FINAL.get(code);
      if (final !== undefined) fail(new GatewayRefused(code, discordProblem(final, {})));
      else log.info({ shard: shardId, code }, 'discord closed the connection');
    });
    manager.on(on.Error, ({ error, shardId }) => log.warn({ shard: shardId, error }, 'discord connection failed'));
    manager.on(on.Debug, ({ message, shardId }) => log.debug({ shard: shardId }, message));
    manager.on(on.Dispatch, ({ data: { t, d, s }, shardId }) => {
      onEvent({ type: t, data: d, id: `${sessions.get(shardId)?.sessionId ?? shardId}:${s}` });
    });
  }

  /** Discord lets a bot begin a number of sessions a day, and takes its token away beyond. */
  private async spareSessions(signal: AbortSignal): Promise<void> {
    const { api, sdk } = this.options;
    const { shards, session_start_limit: limit } = await api.call(gatewayBot, 'get', sdk.Routes.gatewayBot(), { signal });
    if (limit.remaining >= shards) return;
    const minutes = Math.ceil(limit.reset_after / 60_000);
    const message = `this bot has connected to Discord too often today, and may again in ${minutes} minutes: see that no other program uses it`;
    throw new Unavailable(message, { retryAfterMs: limit.reset_after });
  }

  private async close(manager: WebSocketManager): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.options.clock.after(CLOSING_MS, late.resolve);
    const closed = Promise.resolve(manager.destroy({ code: 1_000, reason: 'this instance stops receiving' }));
    await Promise.race([closed.catch(() => undefined), late.promise]);
    cancel();
  }
}

function meaning(error: unknown): Error {
  if (error instanceof StatechatError) return error;
  return new Unavailable('the connection to Discord could not be made', {}, error);
}
