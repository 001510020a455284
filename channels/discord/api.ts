/**
 * Calls to Discord's REST API. Owns the client, time limits of a call, and the meaning of Discord's
 * errors. Does not own limits of sending (limits.ts), retries. discord.js would wait out a 429 by
 * itself. Here it throws, so that the pace knows of it.
 */
import type { RawFile, REST } from 'discord.js';
import type * as z from 'zod';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { fetchFile } from '../fetch-file.ts';
import type { ChannelLog } from '../log.ts';
import { RateLimited, type ReceivedFile, Refused } from '../port.ts';
import { discordProblem } from './problems.ts';
import type { Sdk } from './sdk.ts';

export const DEFAULT_API_ROOT = 'https://discord.com';

/** Discord's codes of refusals that this program tells apart. */
export const CODES = {
  unknownChannel: 10_003,
  unknownMessage: 10_008,
  unknownEmoji: 10_014,
  unknownWebhook: 10_015,
  unknownInteraction: 10_062,
  slowmode: 20_016,
  channelWriteLimit: 20_028,
  tooManyReactions: 30_010,
  tooManyOldEdits: 30_046,
  tooLargeFile: 40_005,
  resourceLimited: 40_062,
  missingAccess: 50_001,
  cannotMessageUser: 50_007,
  missingPermissions: 50_013,
  invalidToken: 50_027,
  invalidForm: 50_035,
  reactionBlocked: 90_001,
  replyWithoutHistory: 160_002,
} as const;

const ADVICE = new Map<number, string>([
  [CODES.cannotMessageUser, 'the customer takes no direct messages from this bot: they have blocked it, or share no server with it'],
  [CODES.missingAccess, 'the bot does not see the channel: give its role View Channel there'],
  [CODES.missingPermissions, 'the bot may not do this in the channel: give its role Send Messages, Attach Files and Add Reactions there'],
  [CODES.unknownChannel, 'the channel is not there any more'],
  [CODES.unknownMessage, 'the message is not there any more'],
  [CODES.unknownEmoji, 'Discord does not have this emoji: choose one that its apps offer'],
  [CODES.tooManyReactions, 'the message has as many reactions as Discord takes'],
  [CODES.reactionBlocked, 'the customer takes no reactions from this bot, because they have blocked it'],
  [CODES.tooLargeFile, 'the file is larger than Discord takes in this channel'],
]);

/** The token is not accepted. Waiting does not help, a new token does. */
export class Unauthorized extends StatechatError {
  readonly problem = discordProblem('token', {});
  constructor() {
    super('discord_unauthorized', discordProblem('token', {}).text, { expose: false });
    this.name = 'Unauthorized';
  }
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface CallOptions {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string>>;
  readonly files?: readonly RawFile[];
  readonly signal?: AbortSignal | undefined;
  /** False for routes whose secret is in the path. */
  readonly auth?: false;
}

export interface DiscordApiOptions {
  readonly sdk: Sdk;
  readonly token: string;
  /** Without a slash at the end. */
  readonly apiRoot: string;
  /** Milliseconds that Discord is given to answer. */
  readonly timeoutMs: number;
  readonly log: ChannelLog;
}

/** Requests in a second that Discord takes from a bot, less what the gateway's own need. */
const REQUESTS_PER_SECOND = 45;
/** Sites from which Discord serves files. */
const FILE_HOSTS: ReadonlySet<string> = new Set(['cdn.discordapp.com', 'media.discordapp.net']);

export class DiscordApi {
  readonly rest: REST;
  private readonly options: DiscordApiOptions;

  constructor(options: DiscordApiOptions) {
    this.options = options;
    this.rest = new options.sdk.REST({
      api: `${options.apiRoot}/api`,
      timeout: options.timeoutMs,
      // The outbox makes further attempts, under the same key.
      retries: 0,
      globalRequestsPerSecond: REQUESTS_PER_SECOND,
      rejectOnRateLimit: ({ route, method, global, scope, retryAfter }) => {
        options.log.info({ route, method, global, scope, retryAfterMs: Math.ceil(retryAfter) }, 'discord demands a pause');
        return true;
      },
    }).setToken(options.token);
  }

  /**
   * Throws `Unauthorized`, `RateLimited` (facts `global`), `Refused` (facts `code`, `status`) or
   * `Unavailable`.
   */
  async call<T>(shape: z.ZodType<T>, method: Method, route: `/${string}`, options: CallOptions = {}): Promise<T> {
    const { body, query, files, signal, auth } = options;
    let result: unknown;
    try {
      signal?.throwIfAborted();
      result = await this.rest[method](route, {
        ...(body === undefined ? {} : { body }),
        ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
        ...(files === undefined ? {} : { files: [...files] }),
        ...(signal === undefined ? {} : { signal }),
        ...(auth === undefined ? {} : { auth }),
      });
    } catch (error) {
      throw this.meaning(`${method} ${auth === false ? route.replace(/\/[\w-]{40,}/g, '/[token]') : route}`, error);
    }
    const parsed = shape.safeParse(result);
    if (parsed.success) return parsed.data;
    const message = `the server answered ${method} in a shape that is not Discord's: check DISCORD_API_ROOT`;
    throw new Unavailable(message, { method, route }, parsed.error);
  }

  /** Reads a file from Discord's own site. */
  async file(url: string, signal: AbortSignal | undefined): Promise<ReceivedFile> {
    const { hostname, protocol, origin } = new URL(url);
    const own = origin === new URL(this.options.apiRoot).origin;
    if (!own && !(protocol === 'https:' && FILE_HOSTS.has(hostname)))
      throw new Refused(`a file of Discord is at ${hostname}, which is not its own site`, { hostname });
    const broken = (error: unknown) => new Unavailable('Discord does not give the file now', { hostname }, error);
    const options = { silenceMs: this.options.timeoutMs, signal, redirect: 'error', broken } as const;
    const { response, bytes } = await fetchFile(url, options).catch((error: unknown) => {
      throw broken(error);
    });
    if (response.ok) return bytes;
    await response.body?.cancel();
    if (response.status === 404 || response.status === 403) return 'gone';
    throw broken(new Error(`answered ${response.status}`));
  }

  private meaning(call: string, error: unknown): StatechatError {
    const { DiscordAPIError, HTTPError, RateLimitError } = this.options.sdk;
    if (error instanceof StatechatError) return error;
    if (error instanceof RateLimitError) {
      const retryAfterMs = Math.max(1, Math.ceil(error.retryAfter));
      return new RateLimited(`Discord demands a wait of ${retryAfterMs} ms (${call})`, retryAfterMs, { call, global: error.global });
    }
    if (error instanceof DiscordAPIError) return this.refusal(call, error.status, Number(error.code), error.message);
    if (error instanceof HTTPError) return new Unavailable(`Discord is out of order: ${error.status} (${call})`, { call });
    const reason = error instanceof Error ? error.message : String(error);
    return new Unavailable(`Discord could not be reached (${call}): ${reason.slice(0, 300)}`, { call }, error);
  }

  private refusal(call: string, status: number, code: number, reason: string): StatechatError {
    if (status === 401) {
      // The client forgets a token that was refused, and then fails with another error.
      this.rest.setToken(this.options.token);
      return new Unauthorized();
    }
    if (code === CODES.slowmode || code === CODES.channelWriteLimit || code === CODES.resourceLimited)
      return new RateLimited(`Discord lets nobody write this fast (${call}): ${reason}`, SLOW_MS, { call, code });
    const advice = ADVICE.get(code);
    const message = `Discord refused (${call}): ${advice ?? reason.slice(0, 500)}`;
    return new Refused(message, { call, status, code });
  }
}

/** How long a channel is left alone where Discord does not say how long, in milliseconds. */
const SLOW_MS = 5_000;

/** Whether Discord refused with one of these codes. */
export function isRefusal(error: unknown, ...codes: readonly number[]): error is Refused {
  return error instanceof Refused && codes.some((code) => error.facts.code === code);
}
