/**
 * Local server that speaks the Bot API over HTTP, so that the real client can be tested. It has
 * updates by long poll (offset, timeout, conflict) and by webhook (secret, order per chat, retries
 * until 2xx), messages, cards, uploaded files and reactions with Telegram's checks, limits with
 * 429, scripted failures, and a record of every call.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Chats, type ShownDocument, type ShownMessage } from './bot-api-chats.ts';
import { RateLimits } from './bot-api-limits.ts';
import { Problem } from './bot-api-problem.ts';
import { Updates } from './bot-api-updates.ts';

export interface Call {
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** By the emulator's clock, milliseconds. */
  readonly at: number;
  /** 0 if the connection was cut instead of answered. */
  status: number;
}

/**
 * Effect of a scripted failure. An error answer, a cut connection before or after the call took
 * effect, or an answer that is no JSON.
 */
export type Failure =
  | { readonly status: number; readonly description?: string; readonly retryAfter?: number }
  | 'cut'
  | 'cut-after'
  | 'garbage'
  | 'hang';

export interface BotApiOptions {
  readonly token?: string;
  readonly username?: string;
  readonly now?: () => number;
  /**
   * Answers 429 to calls beyond Telegram's limits, 1/s a chat, 30/s in all, 20/min a group. Default
   * false.
   */
  readonly limits?: boolean;
  /** Milliseconds between two tries of a webhook delivery. Default 20. */
  readonly webhookRetryMs?: number;
  readonly port?: number;
}

export interface SayOptions {
  readonly updateId?: number;
  /** How often the update is delivered. Default 1. */
  readonly copies?: number;
  readonly from?: { readonly id?: number; readonly first_name?: string; readonly username?: string; readonly language_code?: string };
}

export class BotApi {
  readonly token: string;
  /** The bot may be renamed at any time. */
  username: string;
  readonly calls: Call[] = [];
  readonly chats = new Chats();
  readonly updates: Updates;
  private readonly now: () => number;
  private readonly limits: RateLimits | undefined;
  private readonly failures: { method: string; failure: Failure; times: number; chat: number | undefined }[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));

  constructor(options: BotApiOptions) {
    this.token = options.token ?? '100:test-token';
    this.username = options.username ?? 'acme_bot';
    this.now = options.now ?? Date.now;
    this.limits = options.limits === true ? new RateLimits(this.now) : undefined;
    this.updates = new Updates(options.webhookRetryMs ?? 20);
  }

  /** A token begins with it. */
  get id(): number {
    return Number(this.token.split(':')[0]);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => this.server.once('error', reject).listen(port, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    await this.updates.close();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** A customer writes. Resolves to the update's id. */
  say(chatId: number, text: string, options: SayOptions = {}): number {
    const messageId = this.chats.heard(chatId, text);
    const from = { id: Math.abs(chatId), is_bot: false, first_name: 'Mona', username: 'mona', language_code: 'ar', ...options.from };
    const chat = { id: chatId, type: chatId < 0 ? 'supergroup' : 'private' };
    return this.push({ message: { message_id: messageId, date: Math.floor(this.now() / 1_000), chat, from, text } }, options);
  }

  /**
   * A group becomes a supergroup. Its messages stay behind, and ids begin again. What is sent to
   * the old chat is refused with the new one. A service message in each chat reports the change,
   * unless `silent`. Returns the ids of the two updates.
   */
  upgrade(from: number, to: number, { silent = false }: { readonly silent?: boolean } = {}): readonly number[] {
    this.chats.upgrade(from, to);
    if (silent) return [];
    const said = { date: Math.floor(this.now() / 1_000), from: { id: 1_087_968_824, is_bot: true, first_name: 'Group' } };
    return [
      this.push({
        message: { ...said, message_id: this.chats.service(from), chat: { id: from, type: 'group' }, migrate_to_chat_id: to },
      }),
      this.push({
        message: { ...said, message_id: this.chats.service(to), chat: { id: to, type: 'supergroup' }, migrate_from_chat_id: from },
      }),
    ];
  }

  /** A customer presses a button. */
  press(chatId: number, messageId: number, data: string): number {
    const from = { id: Math.abs(chatId), is_bot: false, first_name: 'Mona' };
    return this.push({
      callback_query: {
        id: `press-${messageId}`,
        from,
        data,
        message: { message_id: messageId, date: 0, chat: { id: chatId, type: 'private' } },
      },
    });
  }

  /** A customer changes their reactions to a message. */
  react(chatId: number, messageId: number, before: readonly string[], after: readonly string[]): number {
    const listed = (list: readonly string[]) => list.map((emoji) => ({ type: 'emoji', emoji }));
    return this.push({
      message_reaction: {
        chat: { id: chatId, type: chatId < 0 ? 'supergroup' : 'private' },
        message_id: messageId,
        user: { id: Math.abs(chatId), is_bot: false, first_name: 'Mona' },
        date: Math.floor(this.now() / 1_000),
        old_reaction: listed(before),
        new_reaction: listed(after),
      },
    });
  }

  /** Any update, unchanged. It gets an `update_id` unless it has one. */
  push(update: Readonly<Record<string, unknown>>, options: { readonly updateId?: number; readonly copies?: number } = {}): number {
    return this.updates.add(update, options.updateId, options.copies ?? 1);
  }

  /** Content of the chat, with edits applied. */
  transcript(chatId: number): readonly ShownMessage[] {
    return this.chats.messages(chatId);
  }

  /** Our texts in the chat. */
  shown(chatId: number): string[] {
    return this.transcript(chatId)
      .filter(({ from }) => from === 'bot')
      .map(({ text }) => text);
  }

  /** Our documents in the chat. */
  documents(chatId: number): ShownDocument[] {
    return this.transcript(chatId).flatMap(({ document }) => document ?? []);
  }

  /** Files that customers sent, by id. */
  readonly received = new Map<string, Uint8Array>();

  callsOf(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  /** The next `times` calls of the method (to that chat) fail so. */
  fail(method: string, failure: Failure, { times = 1, chat }: { readonly times?: number; readonly chat?: number } = {}): void {
    this.failures.push({ method, failure, times, chat });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, owner, file = ''] = /\/file\/bot([^/]+)\/files\/(.+)$/.exec(request.url ?? '') ?? [];
    const bytes = owner === this.token ? this.received.get(file) : undefined;
    if (bytes !== undefined) return void response.end(bytes);
    const [, token, method = ''] = /\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    const payload = await readPayload(request);
    const call: Call = { method, payload, at: this.now(), status: 200 };
    this.calls.push(call);
    try {
      if (token !== this.token) throw new Problem(401, 'Unauthorized');
      const failure = this.failureOf(call);
      if (failure !== undefined && failure !== 'cut-after') return this.failWith(failure, call, request, response);
      const result = await this.call(method, payload, request);
      if (failure === 'cut-after') return this.failWith('cut', call, request, response);
      reply(response, 200, { ok: true, result });
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(500, `Internal Server Error: ${String(error)}`);
      call.status = problem.status;
      reply(response, problem.status, {
        ok: false,
        error_code: problem.status,
        description: problem.message,
        ...(problem.parameters === undefined ? {} : { parameters: problem.parameters }),
      });
    }
  }

  private async call(method: string, payload: Readonly<Record<string, unknown>>, request: IncomingMessage): Promise<unknown> {
    switch (method) {
      case 'getFile': {
        const bytes = this.received.get(String(payload['file_id']));
        if (bytes === undefined) throw new Problem(400, 'Bad Request: invalid file_id');
        return { file_id: payload['file_id'], file_path: `files/${String(payload['file_id'])}`, file_size: bytes.byteLength };
      }
      case 'getMe':
        return { id: this.id, is_bot: true, first_name: 'Acme', username: this.username };
      case 'getUpdates':
        return await this.updates.poll(payload, request);
      case 'setWebhook':
        return this.updates.setWebhook(payload);
      case 'deleteWebhook':
        return this.updates.deleteWebhook();
      case 'getWebhookInfo':
        return this.updates.info();
      case 'sendMessage':
        this.limits?.take(Number(payload['chat_id']));
        return this.chats.send(payload);
      case 'sendDocument':
        this.limits?.take(Number(payload['chat_id']));
        return this.chats.sendDocument(payload);
      case 'sendSticker':
        this.limits?.take(Number(payload['chat_id']));
        return this.chats.sendSticker(payload);
      case 'sendLocation':
        this.limits?.take(Number(payload['chat_id']));
        return this.chats.sendLocation(payload);
      case 'sendVenue':
        this.limits?.take(Number(payload['chat_id']));
        return this.chats.sendVenue(payload);
      case 'sendContact':
        this.limits?.take(Number(payload['chat_id']));
        return this.chats.sendContact(payload);
      case 'setMessageReaction':
        return this.chats.react(payload);
      case 'editMessageText':
        this.limits?.take(Number(payload['chat_id']));
        return this.chats.edit(payload);
      case 'deleteMessage':
        return this.chats.remove(payload);
      case 'sendChatAction':
        return this.chats.reachable(Number(payload['chat_id'])) !== undefined;
      case 'answerCallbackQuery':
        return true;
      default:
        throw new Problem(404, 'Not Found');
    }
  }

  private failureOf({ method, payload }: Call): Failure | undefined {
    const script = this.failures.find(
      (failure) =>
        failure.method === method && failure.times > 0 && (failure.chat === undefined || failure.chat === Number(payload['chat_id'])),
    );
    if (script) script.times -= 1;
    return script?.failure;
  }

  private failWith(failure: Failure, call: Call, request: IncomingMessage, response: ServerResponse): void {
    if (failure === 'cut' || failure === 'cut-after') {
      call.status = 0;
      request.socket.destroy();
    } else if (failure === 'hang') {
      // Until the client gives up.
      call.status = 0;
    } else if (failure === 'garbage') {
      response.end('<html>no JSON</html>');
    } else {
      throw new Problem(
        failure.status,
        failure.description ?? 'scripted',
        failure.retryAfter === undefined ? undefined : { retry_after: failure.retryAfter },
      );
    }
  }
}

export async function startBotApi(options: BotApiOptions = {}): Promise<BotApi> {
  const api = new BotApi(options);
  await api.listen(options.port ?? 0);
  return api;
}

/**
 * In Telegram's forms. In the query, as JSON, or as a form whose fields are JSON if they are not
 * text.
 */
async function readPayload(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const query = Object.fromEntries(new URL(request.url ?? '/', 'http://localhost').searchParams);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    const fields = [...form].map(async ([name, value]) => [name, typeof value === 'string' ? value : await uploadOf(value)]);
    return { ...query, ...Object.fromEntries(await Promise.all(fields)) };
  }
  return body.length === 0 ? query : { ...query, ...JSON.parse(body.toString('utf8')) };
}

async function uploadOf(file: File): Promise<ShownDocument> {
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
