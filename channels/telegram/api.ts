/**
 * Calls to a Bot API server. Owns the client, time limits of a call, and the meaning of Telegram's
 * errors. Does not own limits of sending (limits.ts), retries.
 */
import { Telegram, TelegramError } from 'telegraf';
import * as z from 'zod';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { fetchFile } from '../fetch-file.ts';
import { RateLimited, type ReceivedFile, Refused } from '../port.ts';
import { telegramProblem } from './problems.ts';

export const DEFAULT_API_ROOT = 'https://api.telegram.org';

/** The token is not accepted. Waiting does not help, a new token does. */
export class Unauthorized extends StatechatError {
  readonly problem = telegramProblem('token', {});
  constructor(cause: unknown) {
    super('telegram_unauthorized', telegramProblem('token', {}).text, { cause, expose: false });
    this.name = 'Unauthorized';
  }
}

/** Another process polls this bot's updates. */
export class Conflict extends StatechatError {
  constructor(description: string, cause: unknown) {
    super(
      'telegram_conflict',
      `another program takes this bot's updates (${description}): stop the other poller, or give this one a bot of its own; if a webhook is set, use TELEGRAM_MODE=webhook or delete it`,
      { cause, retryable: true, expose: false },
    );
    this.name = 'Conflict';
  }
}

const message = z.object({ message_id: z.number().int() });
const SHAPES = {
  getMe: z.object({ id: z.number().int(), username: z.string().min(1) }),
  getUpdates: z.array(z.object({ update_id: z.number().int() }).loose()),
  getWebhookInfo: z.object({
    url: z.string(),
    pending_update_count: z.number().int().default(0),
    last_error_date: z.number().int().optional(),
    last_error_message: z.string().optional(),
  }),
  getFile: z.object({ file_path: z.string().min(1).optional(), file_size: z.number().int().nonnegative().optional() }),
  setWebhook: z.unknown(),
  deleteWebhook: z.unknown(),
  sendMessage: message,
  sendDocument: message,
  sendSticker: message,
  sendLocation: message,
  sendVenue: message,
  sendContact: message,
  setMessageReaction: z.unknown(),
  editMessageText: z.union([message, z.literal(true)]),
  deleteMessage: z.unknown(),
  sendChatAction: z.unknown(),
  answerCallbackQuery: z.unknown(),
} as const;

type Method = keyof typeof SHAPES;
export type Result<M extends Method> = z.infer<(typeof SHAPES)[M]>;
type Payload<M extends Method> = Parameters<typeof Telegram.prototype.callApi<M>>[1];
type ClientSignal = NonNullable<Parameters<typeof Telegram.prototype.callApi<'getMe'>>[2]>['signal'];

export interface BotApiOptions {
  readonly token: string;
  readonly apiRoot: string;
  /** Milliseconds that Telegram is given to answer, beyond a long poll's own time. */
  readonly timeoutMs: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds beyond the time limit of a call. */
  readonly waitMs?: number;
}

export class BotApi {
  private readonly client: Telegram;
  private readonly apiRoot: string;
  private readonly token: string;
  private readonly timeoutMs: number;

  constructor({ token, apiRoot, timeoutMs }: BotApiOptions) {
    // The client resolves paths against the root. Without the slash it would drop the root's last
    // segment.
    this.client = new Telegram(token, { apiRoot: apiRoot.endsWith('/') ? apiRoot : `${apiRoot}/`, webhookReply: false });
    this.apiRoot = apiRoot.replace(/\/$/, '');
    this.token = token;
    this.timeoutMs = timeoutMs;
  }

  /**
   * Reads a file that was sent to the bot. Throws what `call` throws. No error has the address of
   * the file, because the token is part of it.
   */
  async file(id: string, mostBytes: number, signal: AbortSignal | undefined): Promise<ReceivedFile> {
    const found = await this.call('getFile', { file_id: id }, { signal }).catch((error: unknown) => {
      // Telegram refuses the id of a file that it does not have, and of one that bots may not read.
      if (error instanceof Refused) return undefined;
      throw error;
    });
    const path = found?.file_path;
    if (path === undefined) return 'gone';
    if ((found?.file_size ?? 0) > mostBytes) return 'too_large';
    const broken = () => new Unavailable('Telegram does not give the file now');
    const options = { silenceMs: this.timeoutMs, signal, broken };
    const { response, bytes } = await fetchFile(`${this.apiRoot}/file/bot${this.token}/${path}`, options).catch(() => {
      throw broken();
    });
    if (response.ok) return bytes;
    await response.body?.cancel();
    if (response.status === 404) return 'gone';
    throw broken();
  }

  /**
   * Throws `Unauthorized`, `Conflict`, `RateLimited`, `Refused` (facts `description`, `migratedTo`)
   * or `Unavailable`.
   */
  async call<M extends Method>(method: M, payload: Payload<M>, options: CallOptions = {}): Promise<Result<M>> {
    const limit = AbortSignal.timeout(this.timeoutMs + (options.waitMs ?? 0));
    const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
    try {
      signal.throwIfAborted();
      // The client's types have an older shape of AbortSignal. At run time it uses the platform's.
      const result: unknown = await this.client.callApi(method, payload, { signal: signal as ClientSignal & AbortSignal });
      return decodeResult(method, result);
    } catch (error) {
      throw this.meaning(method, error);
    }
  }

  private meaning(method: string, error: unknown): StatechatError {
    if (error instanceof StatechatError) return error;
    if (!(error instanceof TelegramError)) {
      return new Unavailable(`Telegram could not be reached (${method}): ${this.redacted(error)}`, { method });
    }
    const description = this.redacted(error.description);
    const { retry_after, migrate_to_chat_id } = error.parameters ?? {};
    // A Bot API server answers 404 for a malformed token, and for a method that it does not have.
    if (error.code === 401 || (error.code === 404 && method === 'getMe')) return new Unauthorized(description);
    if (error.code === 409) return new Conflict(description, description);
    if (error.code === 429)
      return new RateLimited(`Telegram demands a wait of ${retry_after ?? 1} s (${method})`, (retry_after ?? 1) * 1_000, { method });
    if (error.code >= 500) return new Unavailable(`Telegram is out of order: ${description} (${method})`, { method });
    // Without the new id the call cannot be repeated there. The chat itself reports it soon.
    if (migrate_to_chat_id === undefined && /upgraded to a supergroup/i.test(description))
      return new Unavailable(`Telegram does not say which chat the group is now: ${description} (${method})`, { method });
    return new Refused(`Telegram refused (${method}): ${description}`, {
      method,
      description,
      status: error.code,
      ...(migrate_to_chat_id === undefined ? {} : { migratedTo: migrate_to_chat_id }),
    });
  }

  /**
   * The client's errors name the URL, and the token is part of it. They are not kept as `cause` for
   * the same reason.
   */
  private redacted(error: unknown): string {
    return (error instanceof Error ? error.message : String(error)).replaceAll(this.token, '[token]').slice(0, 500);
  }
}

function decodeResult<M extends Method>(method: M, result: unknown): Result<M> {
  const parsed = SHAPES[method].safeParse(result);
  if (!parsed.success)
    throw new Unavailable(
      `the Bot API server answered ${method} in a shape that is not Telegram's: check TELEGRAM_API_ROOT`,
      { method },
      parsed.error,
    );
  return parsed.data as Result<M>;
}
