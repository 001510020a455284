/**
 * The account behind the stand-in page, as WhatsApp's server and the phone have it. It outlives the
 * page, so tests can close, kill and restart the browser. Nothing of it is WhatsApp's protocol.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FromPage, PageChat, PageMessage, ToPage } from './wire.ts';

const VERSION = '2.3000.1';

export interface SentByUs {
  readonly chat: string;
  readonly message: PageMessage;
  readonly bytes?: Buffer;
}

export interface WhatsAppServerOptions {
  /** The number of the phone that pairs. */
  readonly me: string;
  /** Folder for the page's file. */
  readonly folder: string;
}

export class WhatsAppServer {
  /** What the channel passes to its child as `page`. */
  readonly page: { readonly version: string; readonly folder: string };
  /** What we sent, in order, once the server has it. */
  readonly sent: SentByUs[] = [];
  /** Our reactions as the customers see them, by the whole id of the message. */
  readonly reactions = new Map<string, string>();
  readonly typed: string[] = [];
  readonly seen: string[] = [];
  /** Codes by phone number, as the page was given them. */
  readonly codes = new Map<string, string>();
  /** False to swallow what is sent, as a page that is ready and cannot send does. */
  sends = true;
  /** How the page's next hello is answered. */
  paired = false;
  connections = 0;
  readonly #me: string;
  readonly #http = createServer();
  readonly #sockets = new WebSocketServer({ server: this.#http });
  readonly #chats = new Map<string, PageMessage[]>();
  /** Phone id and LID of the persons whom WhatsApp knows by both. */
  readonly #persons = new Map<string, readonly [string, string]>();
  readonly #strangers = new Set<string>();
  readonly #files = new Map<string, Buffer>();
  #token = '';
  #page: WebSocket | undefined;
  #refs = 0;

  private constructor({ me, folder }: WhatsAppServerOptions) {
    this.#me = me;
    this.page = { version: VERSION, folder };
    this.#sockets.on('connection', (socket) => {
      this.#page = socket;
      this.connections++;
      socket.on('message', (data) => this.#heard(JSON.parse(String(data)), socket));
      socket.on('close', () => {
        if (this.#page === socket) this.#page = undefined;
      });
    });
  }

  static async start(options: WhatsAppServerOptions): Promise<WhatsAppServer> {
    const server = new WhatsAppServer(options);
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    const { port } = server.#http.address() as AddressInfo;
    // One script, because the library answers a single address from a file.
    const sources = await Promise.all(['models.ts', 'page.ts'].map((name) => readFile(new URL(name, import.meta.url), 'utf8')));
    const source = sources.join('\n').replaceAll(/^import .*$|^export /gm, '');
    const script = stripTypeScriptTypes(source.replace('SERVER_URL', `ws://127.0.0.1:${port}/`));
    await mkdir(options.folder, { recursive: true });
    await writeFile(
      join(options.folder, `${VERSION}.html`),
      `<!doctype html><title>stand-in</title><script type="module">${script}</script>`,
    );
    return server;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  get online(): boolean {
    return this.#page !== undefined;
  }

  /** The phone scans the code, or the number is typed in. The page is paired from now on. */
  pair(): void {
    this.#token = randomBytes(8).toString('hex');
    this.paired = true;
    this.#say(this.#welcome());
  }

  /** The phone removes the device. */
  logout(): void {
    this.paired = false;
    this.#say({ type: 'logout' });
  }

  /** The next QR code. */
  refresh(): void {
    this.#say({ type: 'unpaired', ref: `ref${++this.#refs}` });
  }

  tell(message: ToPage): void {
    this.#say(message);
  }

  knows(phone: string, lid: string): void {
    for (const id of [phone, lid]) this.#persons.set(id, [phone, lid]);
  }

  isStranger(id: string): void {
    this.#strangers.add(id);
  }

  /** A customer, or a human on the phone with `fromMe`, writes. The page has it if it is there. */
  write(
    chat: string,
    fields: Readonly<Record<string, unknown>> & { readonly id: string; readonly fromMe?: boolean; readonly bytes?: Buffer },
  ): PageMessage {
    const { id, fromMe = false, bytes, ...rest } = fields;
    // The page names a message of a group by its author too.
    const author = chat.endsWith('@g.us') && typeof rest['author'] === 'string' ? `_${rest['author']}` : '';
    const key = { fromMe, remote: chat, id, _serialized: `${fromMe}_${chat}_${id}${author}` };
    const base = {
      from: fromMe ? this.#me : chat,
      to: fromMe ? chat : this.#me,
      type: 'chat',
      t: Math.floor(Date.now() / 1_000),
      notifyName: 'Mona',
    };
    const media = bytes === undefined ? {} : { directPath: `/in/${id}`, size: bytes.byteLength };
    if (bytes !== undefined) this.#files.set(`/in/${id}`, bytes);
    const message: PageMessage = { ...base, ...media, ...rest, id: key };
    this.#keep(chat, message);
    this.#say({ type: 'message', message });
    return message;
  }

  #keep(chat: string, message: PageMessage): void {
    this.#chats.set(chat, [...(this.#chats.get(chat) ?? []), message]);
  }

  #welcome(): ToPage {
    // As the page does, only the last message of a chat is there before it is opened.
    const chats: PageChat[] = [...this.#chats].map(([id, messages]) => ({ id, messages: messages.slice(-1) }));
    return { type: 'paired', token: this.#token, me: this.#me, chats };
  }

  #say(message: ToPage): void {
    this.#page?.send(JSON.stringify(message));
  }

  #heard(message: FromPage, socket: WebSocket): void {
    const reply = (value: unknown): void => {
      if ('request' in message) socket.send(JSON.stringify({ type: 'reply', request: message.request, value }));
    };
    switch (message.type) {
      case 'hello':
        if (this.paired && message.token === this.#token) this.#say(this.#welcome());
        else this.refresh();
        break;
      case 'pairing':
        this.codes.set(message.phone, 'ABCDEFGH');
        reply('ABCDEFGH');
        break;
      case 'send':
        if (this.sends) {
          this.#sent(message.message, message.data);
          reply(1);
        }
        break;
      case 'react': {
        const { target, text } = message;
        if (text === '') this.reactions.delete(target._serialized);
        else this.reactions.set(target._serialized, text);
        reply(1);
        break;
      }
      case 'query':
        reply(this.#strangers.has(message.id) ? null : (this.#persons.get(message.id) ?? [message.id, '']));
        break;
      case 'download':
        reply(this.#files.get(message.directPath)?.toString('base64') ?? null);
        break;
      case 'earlier': {
        const all = this.#chats.get(message.chat) ?? [];
        const at = all.findIndex(({ id }) => id.id === message.before);
        reply(all.slice(0, at < 0 ? all.length : at).slice(-20));
        break;
      }
      case 'stored':
        reply([...this.#chats.values()].flat().filter(({ id }) => id._serialized === message.id));
        break;
      case 'typing':
        this.typed.push(message.chat);
        break;
      case 'seen':
        this.seen.push(message.chat);
        break;
      case 'scannable':
        break;
    }
  }

  #sent(message: PageMessage, data: string | undefined): void {
    const chat = message.id.remote;
    this.#keep(chat, message);
    this.sent.push({ chat, message, ...(data === undefined ? {} : { bytes: Buffer.from(data, 'base64') }) });
  }
}
