/**
 * WhatsApp's page in the browser, behind the calls of the protocol.
 *
 * Owns the client of whatsapp-web.js from its start to its end, and what its events and answers
 * become. Does not own what is sent (page-sender.ts) and restarts. Whatever goes wrong for good
 * ends the process with its reason, and the program starts another one.
 *
 * Invariant: the session's folder is deleted only after the device was logged out, and never while
 * the browser runs. The library alone would also delete a remote session after a conflict.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { AuthStrategy, Chat, Client, Message } from 'whatsapp-web.js';
import * as z from 'zod';
import { memoryOfTree } from './browser-memory.ts';
import { Deliveries } from './deliveries.ts';
import { type HostLink, reasonOf } from './host-link.ts';
import type { Person } from './identity.ts';
import { PageSender } from './page-sender.ts';
import { type ChildCall, type ChildEnd, type OpenChild, pageMessageSchema } from './protocol.ts';
import { authOf, type Library, profileOf } from './session-auth.ts';

/** How long WhatsApp may take to say that two ids are one person, in milliseconds. */
const PERSON_MS = 5_000;
/** How long the browser may take to close in order, in milliseconds. */
const CLOSE_MS = 5_000;
/** Messages of one chat that are fetched at once, until they reach back far enough. */
const FETCHES = [50, 250, 1_000] as const;

const BLOCKED = new Set(['TOS_BLOCK', 'SMB_TOS_BLOCK', 'PROXYBLOCK', 'DEPRECATED_VERSION']);
const LOGGED_OUT = new Set(['LOGOUT', 'UNPAIRED', 'UNPAIRED_IDLE']);

const chatList = z.array(z.object({ id: z.string(), t: z.number() }));
/** Chats of the page with the time of their last message, in seconds. */
const CHATS = `window.require('WAWebCollections').Chat.getModelsArray().map((chat) => ({ id: chat.id._serialized, t: chat.t ?? 0 }))`;

export interface PageOptions {
  readonly library: Library;
  readonly open: OpenChild;
  readonly host: HostLink;
  /** Ends the process, after `last`. */
  readonly end: (end: ChildEnd, reason: string, last?: () => Promise<void>) => Promise<void>;
}

export class Page {
  readonly deliveries: Deliveries;
  readonly #options: PageOptions;
  readonly #client: Client;
  readonly #sender: PageSender;
  readonly #auth: AuthStrategy;
  readonly #forget: () => Promise<void>;
  readonly #persons = new LRUCache<string, Person>({ max: 10_000 });
  #resumed: { readonly since: number; readonly groups: boolean } | undefined;
  #ready = false;
  #closing = false;

  constructor(options: PageOptions) {
    this.#options = options;
    const { library, open, host } = options;
    const puppeteer = {
      executablePath: open.chromium,
      headless: true,
      // With a pipe the browser ends together with this process, however it ends.
      pipe: true,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      args: [...open.browserArgs],
      ...(open.remote && open.keepLocal ? { userDataDir: profileOf(open) } : {}),
    };
    const { auth, forget } = authOf(library, open, host);
    this.#auth = auth;
    this.#forget = forget;
    this.#client = new library.Client({
      authStrategy: auth,
      puppeteer,
      authTimeoutMs: 60_000,
      ...(open.pairingPhone === undefined ? {} : { pairWithPhoneNumber: { phoneNumber: open.pairingPhone } }),
      ...(open.page === undefined
        ? { webVersionCache: { type: 'none' } }
        : { webVersion: open.page.version, webVersionCache: { type: 'local', path: open.page.folder, strict: true } }),
    });
    this.#sender = new PageSender({ library, client: this.#client, person: (chat) => this.#person(chat) });
    this.deliveries = new Deliveries({
      offer: (seq, event) => void host.send({ type: 'event', seq, event }),
      pause: (ms) => delay(ms),
      onDropped: () => void this.#catchUpAgain(),
      onError: (error) => host.log('warn', `an event of the page was lost for now: ${reasonOf(error)}`),
    });
    this.#listen();
  }

  /** Resolves when the page is there. Whether it is paired shows in what it reports. */
  async start(): Promise<void> {
    const { host, end } = this.#options;
    await this.#client.initialize();
    const { pupPage, pupBrowser } = this.#client;
    pupPage?.on('error', (error) => void end('lost', `the page crashed: ${error.message}`));
    pupPage?.on('close', () => {
      if (!this.#closing) void end('lost', 'the page was closed');
    });
    pupBrowser?.on('disconnected', () => {
      if (!this.#closing) void end('lost', 'the browser ended');
    });
    await host.send({ type: 'launched' });
  }

  /** Closes the browser in order. */
  async close(): Promise<void> {
    const ready = this.#ready;
    this.#ready = false;
    await this.#closeBrowser();
    // Now the files of the profile do not change any more.
    if (ready) await this.#save();
  }

  /** The library closes it too after some events, and two closings may wait for each other. */
  async #closeBrowser(): Promise<void> {
    this.#closing = true;
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([this.#client.destroy(), late]).catch(() => undefined);
    this.#client.pupBrowser?.process()?.kill('SIGKILL');
  }

  async answer(call: ChildCall): Promise<object> {
    switch (call.op) {
      case 'sendText':
      case 'sendFile':
      case 'sendLocation':
      case 'sendContact':
        return await this.#sender.send(call);
      case 'react':
        return await this.#sender.react(call);
      case 'typing':
        await (await this.#client.getChatById(call.chat)).sendStateTyping();
        return {};
      case 'seen':
        await this.#client.sendSeen(call.chat);
        return {};
      case 'download':
        return await this.#download(call.message, call.mostBytes);
      case 'probe': {
        const pid = this.#client.pupBrowser?.process()?.pid;
        const state: unknown = await this.#client.getState();
        return { state: String(state), memoryBytes: pid === undefined ? 0 : await memoryOfTree(pid) };
      }
      case 'resume':
        this.#resumed = call;
        return { offered: await this.#resume(call) };
      case 'save':
        await this.#save();
        return {};
      case 'close':
        await this.close();
        return {};
    }
  }

  #listen(): void {
    const { host, end } = this.#options;
    const client = this.#client;
    client.on('qr', (qr: string) => void host.send({ type: 'qr', qr }));
    client.on('code', (code: string) => void host.send({ type: 'code', code }));
    client.on('authenticated', () => void host.send({ type: 'authenticated' }));
    client.on('ready', () => void this.#whenReady());
    client.on('auth_failure', (reason: string) => void end('lost', `WhatsApp refused the session: ${reason}`));
    client.on('disconnected', (reason) => void this.#disconnected(String(reason)));
    client.on('change_state', (state) => host.log('debug', `the state of the page is ${state}`));

    client.on('message_create', (message) => this.#liveMessage(message));
    client.on('message_edit', (message, newBody: unknown, oldBody: unknown) => {
      // A message that is decrypted late gets its text in the same way, and was no edit.
      const edited = typeof oldBody === 'string' && oldBody !== '' ? true : message.latestEditSenderTimestampMs !== undefined;
      if (edited) this.#live(message, async () => ({ kind: 'edit', ...(await this.#described(message)), text: String(newBody ?? '') }));
    });
    client.on('message_revoke_everyone', (message) =>
      this.#live(message, async () => ({ kind: 'revoke', ...(await this.#described(message)) })),
    );
    client.on('message_ciphertext_failed', (message: Message) =>
      this.#live(message, async () => ({ kind: 'undecryptable', message: fields(message) })),
    );
    client.on('message_ack', (message, ack) => this.#live(message, async () => ({ kind: 'ack', message: fields(message), ack })));
    client.on('contact_changed', (message, from, to, isContact) => {
      if (isContact) this.#live(message, async () => ({ kind: 'renumbered', message: fields(message), from, to }));
    });
    client.on('message_reaction', ({ id, msgId: target, senderId: sender, reaction: emoji, timestamp: at }) => {
      const chat = String(target.remote);
      this.deliveries.live({
        chat,
        event: async () => ({ kind: 'reaction', id, target, sender, emoji: emoji ?? '', at, person: await this.#person(chat) }),
      });
    });
    client.on('call', ({ id, from, fromMe, isGroup }) => {
      const caller = idText.safeParse(from).data ?? '';
      this.deliveries.live({
        chat: caller,
        event: async () => ({ kind: 'call', id, from, outgoing: fromMe, group: isGroup, person: await this.#person(caller) }),
      });
    });
  }

  #liveMessage(message: Message): void {
    this.deliveries.live({
      chat: chatOf(message),
      message: message.id.id,
      event: async () => ({ kind: 'message', ...(await this.#described(message)), missed: false }),
    });
  }

  #live(message: Message, event: () => Promise<unknown>): void {
    this.deliveries.live({ chat: chatOf(message), event });
  }

  async #described(message: Message): Promise<object> {
    return { message: fields(message), person: await this.#person(chatOf(message)) };
  }

  /** Undefined if WhatsApp does not say which other id the person has. */
  async #person(chat: string): Promise<Person | undefined> {
    if (!/@(?:lid|c\.us)$/.test(chat)) return undefined;
    const known = this.#persons.get(chat);
    if (known !== undefined) return known;
    const late = new Promise<readonly []>((resolve) => setTimeout(() => resolve([]), PERSON_MS).unref());
    const [ids] = await Promise.race([this.#client.getContactLidAndPhone([chat]), late]).catch((error: unknown) => {
      this.#options.host.log('debug', `the other id of a person is not known: ${reasonOf(error)}`);
      return [];
    });
    if (!ids?.lid || !ids.pn) return undefined;
    const person = { lid: ids.lid, phone: ids.pn };
    for (const id of [ids.lid, ids.pn]) this.#persons.set(id, person);
    return person;
  }

  async #whenReady(): Promise<void> {
    this.#ready = true;
    const { wid } = this.#client.info;
    const version = await this.#client.getWWebVersion().catch(() => undefined);
    void this.#options.host.send({ type: 'ready', me: wid._serialized, ...(version === undefined ? {} : { version }) });
  }

  async #disconnected(reason: string): Promise<void> {
    const { end } = this.#options;
    if (!LOGGED_OUT.has(reason)) return await end(BLOCKED.has(reason) ? 'blocked' : 'lost', reason);
    await end('loggedOut', reason, async () => {
      await this.#closeBrowser();
      await this.#forget();
    });
  }

  async #download(id: string, mostBytes: number): Promise<object> {
    const message: Message | null = await this.#client.getMessageById(id);
    if (message === null) return {};
    if ((pageMessageSchema.safeParse(message.rawData).data?.size ?? 0) > mostBytes) return { tooLarge: true };
    const media: { readonly data: string } | undefined = await message.downloadMedia();
    const bytes = media === undefined ? undefined : new Uint8Array(Buffer.from(media.data, 'base64'));
    if (bytes === undefined) return {};
    return bytes.byteLength > mostBytes ? { tooLarge: true } : { bytes };
  }

  async #resume({ since, groups }: { readonly since: number; readonly groups: boolean }): Promise<number> {
    this.deliveries.hold();
    const seconds = Math.floor(since / 1_000);
    const chats = chatList.parse(await this.#client.pupPage?.evaluate(CHATS));
    const away = chats.filter(({ id, t }) => t >= seconds && (/@(?:lid|c\.us)$/.test(id) || (groups && id.endsWith('@g.us'))));
    const offered = await Promise.all(
      (await this.#missed(away, seconds)).map((message) =>
        this.deliveries.missed({
          chat: chatOf(message),
          message: message.id.id,
          event: async () => ({ kind: 'message', ...(await this.#described(message)), missed: true }),
        }),
      ),
    );
    this.deliveries.open();
    return offered.filter(Boolean).length;
  }

  async #missed(chats: readonly { readonly id: string }[], seconds: number): Promise<Message[]> {
    const messages: Message[] = [];
    for (const { id } of chats) {
      const chat: Chat | undefined = await this.#client.getChatById(id);
      if (chat !== undefined) messages.push(...(await this.#fetch(chat, seconds)));
    }
    return messages.toSorted((a, b) => a.timestamp - b.timestamp);
  }

  async #fetch(chat: Chat, seconds: number): Promise<Message[]> {
    for (const limit of FETCHES) {
      const messages = await chat.fetchMessages({ limit });
      const fresh = messages.filter(({ timestamp }) => timestamp >= seconds);
      if (messages.length < limit || fresh.length < messages.length) return fresh;
      if (limit === FETCHES.at(-1)) {
        this.#options.host.log(
          'warn',
          `a chat has more than ${limit} messages since the page was last there, and the older ones are not taken`,
        );
        return fresh;
      }
    }
    return [];
  }

  async #catchUpAgain(): Promise<void> {
    if (this.#resumed === undefined) return;
    await this.#resume(this.#resumed).catch((error: unknown) =>
      this.#options.end('lost', `messages could not be fetched: ${reasonOf(error)}`),
    );
  }

  async #save(): Promise<void> {
    const save: unknown = Reflect.get(this.#auth, 'storeRemoteSession');
    if (typeof save === 'function') await Reflect.apply(save, this.#auth, []);
  }
}

const idText = z.union([z.string(), z.object({ _serialized: z.string() }).transform((id) => id._serialized)]);

/**
 * What the program reads of a message. As it is if it is not as expected, so that it is refused.
 */
function fields(message: Message): unknown {
  return pageMessageSchema.safeParse(message.rawData).data ?? message.rawData;
}

function chatOf(message: Message): string {
  return idText.safeParse(message.id.remote).data ?? '';
}
