/**
 * Discord in the test's own process, its REST API and its gateway. It keeps channels and messages,
 * gives back the message of a nonce that it has seen, and counts calls against a channel's limit.
 * Shapes are those of https://discord.com/developers/docs (API v10).
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { DiscordChannels, type FakeFile, type FakeMessage, type FakeUser, asJson as json } from './discord-channels.ts';
import { areComponents, isEmoji, MAX_REACTIONS } from './discord-checks.ts';
import { DiscordGateway } from './discord-gateway.ts';

export const BOT: FakeUser = { id: '700000000000000001', username: 'acme', bot: true };
const APPLICATION = '700000000000000001';
export const TOKEN = `${Buffer.from(BOT.id).toString('base64').replace(/=+$/, '')}.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB`;

export interface DiscordOptions {
  readonly now?: () => number;
  /** Messages and edits that a channel takes in five seconds. Default is without a limit. */
  readonly limit?: number;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

const messageBody = z.object({
  content: z.string().optional(),
  nonce: z.string().max(25).optional(),
  enforce_nonce: z.boolean().optional(),
  components: z.array(z.unknown()).optional(),
  allowed_mentions: z.unknown().optional(),
  message_reference: z.object({ message_id: z.string(), fail_if_not_exists: z.boolean().default(true) }).optional(),
});
const asJson = (message: FakeMessage): object => json(message, BOT.id);
const callback = z.object({ type: z.number(), data: z.object({ content: z.string(), flags: z.number() }).optional() });

export interface FakeInteraction {
  readonly id: string;
  readonly token: string;
  readonly channel: string;
  /** What it was answered with, in order. */
  readonly callbacks: z.infer<typeof callback>[];
  original?: FakeMessage | undefined;
}

export class Discord {
  readonly channels: DiscordChannels;
  readonly calls: Call[] = [];
  readonly interactions = new Map<string, FakeInteraction>();
  readonly guilds = new Map<string, object>();
  commands: unknown[] = [];
  /** Bits of the application, such as those of the Message Content Intent. */
  flags = 1 << 19;
  typings = 0;
  private readonly now: () => number;
  private readonly limit: number;
  private readonly server = createServer((request, response) => {
    this.answer(request).then(
      ({ status, body, headers = {} }) => {
        const raw = body instanceof Uint8Array;
        response.writeHead(status, { ...(raw || body === undefined ? {} : { 'content-type': 'application/json' }), ...headers });
        response.end(raw || body === undefined ? body : JSON.stringify(body));
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  private readonly faults: { readonly matches: (call: string) => boolean; readonly answer: Answer | 'cut' | 'cut after' }[] = [];
  private readonly nonces = new Map<string, FakeMessage>();
  private readonly written = new Map<string, number[]>();
  private readonly files = new Map<string, FakeFile>();
  private opened: DiscordGateway | undefined;

  constructor({ now = Date.now, limit = Number.POSITIVE_INFINITY }: DiscordOptions) {
    this.now = now;
    this.limit = limit;
    this.channels = new DiscordChannels(now);
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.opened = new DiscordGateway(this.server, {
      token: TOKEN,
      url: () => this.url.replace('http', 'ws'),
      ready: () => ({
        v: 10,
        user: BOT,
        application: { id: APPLICATION, flags: this.flags },
        guilds: [...this.guilds.keys()].map((id) => ({ id })),
      }),
      guilds: () =>
        [...this.guilds].map(([id, guild]) => {
          const places = this.channels
            .of(id)
            .map(({ messages, ...channel }) => ({ ...channel, last_message_id: messages.at(-1)?.id ?? null }));
          const isThread = ({ type }: { readonly type: number }): boolean => type >= 10 && type <= 12;
          return { ...guild, id, channels: places.filter((one) => !isThread(one)), threads: places.filter(isThread) };
        }),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get gateway(): DiscordGateway {
    if (this.opened === undefined) throw new Error('listen first');
    return this.opened;
  }

  /**
   * The next call that matches gets this answer, or loses its connection before or after it is
   * done.
   */
  failNext(pattern: RegExp, answer: Answer | 'cut' | 'cut after'): void {
    this.faults.push({ matches: (call) => pattern.test(call), answer });
  }

  /** A file at Discord's site, which a message can have. */
  file(filename: string, type: string, bytes: Uint8Array): FakeFile {
    const id = this.channels.id();
    const file = { id, filename, content_type: type, size: bytes.byteLength, url: `${this.url}/attachments/${id}/x`, bytes };
    this.files.set(id, file);
    return file;
  }

  /** An interaction that its customer waits for. */
  interaction(channel: string): FakeInteraction {
    const id = this.channels.id();
    const made: FakeInteraction = { id, token: `token-of-the-interaction-${id}-which-is-long`, channel, callbacks: [] };
    this.interactions.set(made.token, made);
    return made;
  }

  async close(): Promise<void> {
    await this.opened?.end();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', this.url);
    const method = request.method ?? 'GET';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { body, files } = await bodyOf(request, Buffer.concat(chunks));
    const path = url.pathname.replace(/^\/api\/v10/, '');
    const call = `${method} ${path}`;
    this.calls.push({ method, path, body });
    const at = this.faults.findIndex(({ matches }) => matches(call));
    const fault = at < 0 ? undefined : this.faults.splice(at, 1)[0]?.answer;
    if (fault === 'cut') request.socket.destroy();
    else if (fault !== undefined && fault !== 'cut after') return fault;
    const file = /^\/attachments\/(\d+)\//.exec(path)?.[1];
    if (file !== undefined) return { status: 200, body: this.files.get(file)?.bytes };
    const open = path.startsWith('/interactions/') || path.startsWith('/webhooks/');
    if (!open && request.headers.authorization !== `Bot ${TOKEN}`) return { status: 401, body: { message: '401: Unauthorized', code: 0 } };
    const answer = this.route(method, path, url.searchParams, body, files);
    if (fault === 'cut after') request.socket.destroy();
    return answer;
  }

  private route(method: string, path: string, query: URLSearchParams, body: unknown, files: readonly Upload[]): Answer {
    const [, root, one, kind, two, part, emoji, whose] = path.split('/');
    if (path === '/users/@me') return ok(BOT);
    if (path === '/applications/@me') return ok({ id: APPLICATION, flags: this.flags });
    if (path === '/gateway/bot')
      return ok({
        url: this.url.replace('http', 'ws'),
        shards: 1,
        session_start_limit: { total: 1_000, remaining: 999, reset_after: 3_600_000, max_concurrency: 1 },
      });
    if (root === 'applications' && kind === 'commands') {
      if (method === 'PUT') this.commands = z.array(z.unknown()).parse(body);
      return ok(this.commands);
    }
    if (root === 'interactions') return this.callback(kind ?? '', body);
    if (root === 'webhooks') return this.original(method, kind ?? '', body, files);
    if (root !== 'channels' || one === undefined) return refusal(404, 0, '404: Not Found');
    const channel = this.channels.get(one);
    if (channel === undefined) return refusal(404, 10_003, 'Unknown Channel');
    if (kind === undefined) {
      const { messages, ...shown } = channel;
      return ok({ ...shown, last_message_id: messages.at(-1)?.id ?? null });
    }
    if (kind === 'typing') {
      this.typings++;
      return { status: 204 };
    }
    if (two === undefined) return method === 'GET' ? ok(this.listed(one, query)) : this.create(one, body, files);
    if (part === 'reactions' && emoji !== undefined && whose === '@me') return this.react(method, one, two, decodeURIComponent(emoji));
    if (part !== undefined) return refusal(404, 0, '404: Not Found');
    return this.existing(method, one, two, body, files);
  }

  private listed(channel: string, query: URLSearchParams): readonly object[] {
    const after = BigInt(query.get('after') ?? 0);
    const newer = (this.channels.get(channel)?.messages ?? []).filter(({ id }) => BigInt(id) > after);
    return newer
      .slice(0, Number(query.get('limit') ?? 50))
      .toReversed()
      .map(asJson);
  }

  private create(channel: string, raw: unknown, files: readonly Upload[]): Answer {
    const { nonce, enforce_nonce, ...body } = messageBody.parse(raw);
    const known = nonce !== undefined && enforce_nonce === true ? this.nonces.get(`${channel}:${nonce}`) : undefined;
    if (known !== undefined) return ok(asJson(known));
    const { message_reference: reference } = body;
    const answers = reference && this.channels.message(channel, reference.message_id)?.id;
    const isLost = reference?.fail_if_not_exists === true && answers === undefined;
    const unknown = isLost ? refusal(400, 50_035, 'Invalid Form Body: message_reference Unknown message') : undefined;
    const fault = this.invalid(body, files) ?? unknown ?? this.limited(channel);
    if (fault !== undefined) return fault;
    const message = this.channels.write(channel, BOT, body.content ?? '', {
      components: body.components ?? [],
      attachments: files.map(({ name, type, bytes }) => this.file(name, type, bytes)),
      ...(nonce === undefined ? {} : { nonce }),
      ...(answers === undefined ? {} : { type: 19, message_reference: { message_id: answers, channel_id: channel } }),
      extra: { allowed_mentions: body.allowed_mentions },
    });
    if (nonce !== undefined) this.nonces.set(`${channel}:${nonce}`, message);
    return ok(asJson(message));
  }

  private existing(method: string, channel: string, id: string, raw: unknown, files: readonly Upload[]): Answer {
    const message = this.channels.message(channel, id);
    if (message === undefined) return refusal(404, 10_008, 'Unknown Message');
    if (method === 'DELETE') {
      this.channels.delete(channel, id);
      this.gateway.dispatch('MESSAGE_DELETE', { id, channel_id: channel });
      return { status: 204 };
    }
    if (method === 'GET') return ok(asJson(message));
    if (message.author.id !== BOT.id) return refusal(403, 50_005, 'Cannot edit a message authored by another user');
    return this.limited(channel) ?? this.edit(message, raw, files);
  }

  private edit(message: FakeMessage, raw: unknown, files: readonly Upload[]): Answer {
    const { content, components } = messageBody.parse(raw);
    const fault = this.invalid({ content: content ?? message.content, components }, files);
    if (fault !== undefined) return fault;
    message.content = content ?? message.content;
    message.components = components ?? message.components;
    message.edited_timestamp = new Date(this.now()).toISOString();
    message.attachments = [...message.attachments, ...files.map(({ name, type, bytes }) => this.file(name, type, bytes))];
    return ok(asJson(message));
  }

  private callback(token: string, raw: unknown): Answer {
    const found = this.interactions.get(token);
    if (found === undefined || found.callbacks.length > 0) return refusal(404, 10_062, 'Unknown interaction');
    const body = callback.parse(raw);
    found.callbacks.push(body);
    if (body.type === 5) found.original = this.channels.write(found.channel, BOT, '', { type: 20, flags: 1 << 7 });
    return { status: 204 };
  }

  private original(method: string, token: string, raw: unknown, files: readonly Upload[]): Answer {
    const found = this.interactions.get(token);
    if (found?.original === undefined) return refusal(404, 10_015, 'Unknown Webhook');
    const { original } = found;
    if (method === 'DELETE') {
      this.channels.delete(found.channel, original.id);
      found.original = undefined;
      return { status: 204 };
    }
    original.flags = 0;
    return this.edit(original, raw, files);
  }

  private react(method: string, channel: string, id: string, emoji: string): Answer {
    const message = this.channels.message(channel, id);
    if (message === undefined) return refusal(404, 10_008, 'Unknown Message');
    const { reactions } = message;
    const own = reactions.findIndex((one) => one.emoji === emoji && one.by === BOT.id);
    const kinds = new Set(reactions.map((one) => one.emoji));
    if (!isEmoji(emoji) || (method === 'DELETE' && own < 0)) return refusal(400, 10_014, 'Unknown Emoji');
    if (method === 'DELETE') reactions.splice(own, 1);
    else if (!kinds.has(emoji) && kinds.size >= MAX_REACTIONS) return refusal(400, 30_010, 'Maximum number of reactions reached (20)');
    else if (own < 0) reactions.push({ emoji, by: BOT.id });
    const event = { user_id: BOT.id, channel_id: channel, message_id: id, emoji: { id: null, name: emoji } };
    this.gateway.dispatch(`MESSAGE_REACTION_${method === 'DELETE' ? 'REMOVE' : 'ADD'}`, event);
    return { status: 204 };
  }

  private invalid(
    { content, components = [] }: Pick<z.infer<typeof messageBody>, 'content' | 'components'>,
    files: readonly Upload[],
  ): Answer | undefined {
    if (!areComponents(components)) return refusal(400, 50_035, 'Invalid Form Body: components are not as documented');
    if (files.some(({ bytes }) => bytes.byteLength > 10 * 1_024 ** 2)) return refusal(413, 40_005, 'Request entity too large');
    if ((content ?? '').length > 2_000) return refusal(400, 50_035, 'Invalid Form Body: content Must be 2000 or fewer in length.');
    return (content ?? '').trim() === '' && files.length === 0 ? refusal(400, 50_006, 'Cannot send an empty message') : undefined;
  }

  private limited(channel: string): Answer | undefined {
    const now = this.now();
    const recent = (this.written.get(channel) ?? []).filter((at) => at > now - 5_000);
    if (recent.length >= this.limit) return tooMany(((recent[0] ?? now) + 5_000 - now) / 1_000, 'user');
    this.written.set(channel, [...recent, now]);
    return undefined;
  }
}

interface Upload {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const refusal = (status: number, code: number, message: string): Answer => ({ status, body: { message, code } });

/** A 429 as Discord sends it. */
export function tooMany(seconds: number, scope: 'user' | 'global' | 'shared'): Answer {
  const global = scope === 'global';
  return {
    status: 429,
    body: { message: 'You are being rate limited.', retry_after: seconds, global },
    headers: { 'retry-after': String(seconds), 'x-ratelimit-scope': scope, ...(global ? { 'x-ratelimit-global': 'true' } : {}) },
  };
}

async function bodyOf(request: IncomingMessage, bytes: Buffer): Promise<{ body: unknown; files: readonly Upload[] }> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/')) return { body: bytes.length === 0 ? undefined : JSON.parse(String(bytes)), files: [] };
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
  const files: Upload[] = [];
  for (const value of form.values())
    if (typeof value !== 'string') files.push({ name: value.name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) });
  return { body: JSON.parse(String(form.get('payload_json'))), files };
}

export async function startDiscord(options: DiscordOptions = {}): Promise<Discord> {
  const discord = new Discord(options);
  await discord.listen();
  return discord;
}
