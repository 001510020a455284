/**
 * One visitor's conversation. It joins the stream, the outbox and the stored visitor, and notifies
 * the page of changes. It knows no DOM. The caller passes what it needs of the browser.
 *
 * Invariants
 * 1. A visitor is created when the first message is sent, not when the page is opened.
 * 2. `snapshot` is the same object until something changes.
 * 3. A message that the server has taken stays visible until the server's stream has it.
 */
import type { FileRef } from '../media/uploads.ts';
import { EVENTS_URL, type FileResult, UploadRefused, type WebApi } from './api.ts';
import { type ConnectionState, EventReader } from './event-reader.ts';
import { applyEvent, EMPTY_FEED, type FeedState, reconnected } from './feed-state.ts';
import { type Place, type PostResult, SendQueue, type Waiting } from './outbox.ts';
import { type Credentials, decodeCredentials, decodeFeedEvent, type UploadLimits } from './protocol.ts';
import { lastReceived, type Taken } from './timeline.ts';

export interface Snapshot {
  readonly feed: FeedState;
  readonly waiting: readonly Waiting[];
  readonly taken: readonly Taken[];
  readonly connection: ConnectionState | 'idle';
  /** The server no longer accepts the visitor's token. Only a new conversation helps. */
  readonly expired: boolean;
  /** The history has been requested and is not here, or not whole. */
  readonly loading: boolean;
}

export interface ConversationParts {
  readonly api: WebApi;
  readonly fetch: typeof fetch;
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;
  readonly assistant: string | undefined;
  readonly locale: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly newId: () => string;
  readonly setTimer: (run: () => void, ms: number) => () => void;
  /**
   * Runs the callback once, about at the next frame, so that a history of a thousand messages is
   * one redraw.
   */
  readonly soon: (run: () => void) => void;
  readonly withLock: <T>(name: string, run: () => Promise<T>) => Promise<T>;
}

/** Interval of typing notices while a visitor keeps typing, in milliseconds. */
const TYPING_EVERY_MS = 3_000;

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #key: string;
  readonly #outbox: SendQueue;
  readonly #reader: EventReader;
  readonly #listeners = new Set<() => void>();
  #credentials: Credentials | undefined;
  #snapshot: Snapshot;
  #telling = false;
  #typedAt = 0;
  #receipts: { readonly delivered: string | undefined; readonly read: string | undefined } = { delivered: undefined, read: undefined };

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#key = `statechat.visitor.${parts.assistant ?? ''}`;
    this.#credentials = this.#storedVisitor();
    this.#outbox = new SendQueue({
      storage: parts.storage,
      prefix: `statechat.outbox.${parts.assistant ?? ''}.`,
      post: (message) => this.#post(message),
      onChange: () => this.#change({ waiting: this.#outbox.items }),
      onTaken: (message) =>
        this.#change({ taken: [...this.#snapshot.taken, { ...message, after: this.#snapshot.feed.messages.at(-1)?.id ?? null }] }),
      onExpired: () => this.#change({ expired: true }),
      setTimer: parts.setTimer,
      random: parts.random,
      withLock: (run) => parts.withLock(`${this.#key}.outbox`, run),
    });
    this.#reader = new EventReader({
      url: EVENTS_URL,
      fetch: parts.fetch,
      token: () => this.#credentials?.token,
      lastId: () => this.#snapshot.feed.lastId,
      onOpen: () => {
        this.#change({ feed: reconnected(this.#snapshot.feed) });
        this.#outbox.flush();
      },
      onEvent: (data) => this.#hear(data),
      onConnection: (connection) => this.#change({ connection, ...(connection === 'refused' ? { expired: true, loading: false } : {}) }),
      setTimer: parts.setTimer,
      random: parts.random,
    });
    this.#snapshot = {
      feed: EMPTY_FEED,
      waiting: this.#outbox.items,
      taken: [],
      connection: 'idle',
      expired: false,
      loading: this.#credentials !== undefined,
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Snapshot => this.#snapshot;

  /** Whether this visitor has written before, or has a message that is not sent yet. */
  get begun(): boolean {
    return this.#credentials !== undefined || this.#snapshot.waiting.length > 0;
  }

  start(): void {
    this.#reader.wake();
    this.#outbox.flush();
  }

  close(): void {
    this.#reader.stop();
    this.#outbox.close();
  }

  /** The network is back, or the page is visible again. */
  wake(): void {
    this.#reader.wake();
    this.#outbox.flush();
  }

  /** @param replyTo the message that it answers, by its `clientId` or `ref`. */
  send(text: string, files: readonly FileRef[] = [], replyTo?: string): void {
    this.#typedAt = 0;
    const more = { ...(files.length === 0 ? {} : { files }), ...(replyTo === undefined ? {} : { replyTo }) };
    this.#outbox.add({ id: this.#parts.newId(), text, at: this.#parts.now(), ...more });
  }

  /** Sends where the visitor is. */
  sendLocation(location: Place): void {
    this.#outbox.add({ id: this.#parts.newId(), text: '', at: this.#parts.now(), location });
  }

  /** Uploads a file that a message will name. Rejects if the server does not take it. */
  async upload(file: File, onProgress: (part: number) => void, signal: AbortSignal): Promise<FileRef> {
    const token = this.#credentials?.token ?? (await this.#becomeVisitor());
    if (typeof token !== 'string') throw new UploadRefused(token.outcome === 'refused' ? token.reason : '');
    return this.#parts.api.upload(token, file, onProgress, signal);
  }

  /** The bytes of a file, for elements that show it. Rejects if they cannot be loaded. */
  async bytes(id: string): Promise<Blob> {
    const result = await this.file(id);
    if (result.outcome === 'taken') return result.bytes;
    throw new Error(result.outcome);
  }

  /** What the server takes. Undefined if it does not say. */
  limits(): Promise<UploadLimits | undefined> {
    return this.#parts.api.limits();
  }

  retry(id: string): void {
    this.#outbox.retry(id);
  }

  /** Takes a refused message back and returns its text for editing. */
  discard(id: string): string {
    const text = this.#outbox.items.find((item) => item.id === id)?.text ?? '';
    this.#outbox.discard(id);
    return text;
  }

  /** Stops a partial answer. It is not queued, because later it would stop another one. */
  stop(): void {
    const token = this.#credentials?.token;
    if (token !== undefined) void this.#parts.api.postMessage(token, { id: this.#parts.newId(), text: '/stop' });
  }

  /** The bytes of a file that was sent here. Never rejects. */
  async file(id: string): Promise<FileResult> {
    const token = this.#credentials?.token;
    return token === undefined ? { outcome: 'gone' } : await this.#parts.api.file(token, id);
  }

  typing(): void {
    const now = this.#parts.now();
    const token = this.#credentials?.token;
    if (token === undefined || now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    this.#parts.api.signal(token, 'typing', {});
  }

  /** The visitor has seen everything up to here. */
  seen(): void {
    this.#receipt('read');
  }

  /** Forgets this visitor on this device. The next message creates another. */
  startOver(): void {
    this.#reader.stop();
    this.#outbox.clear();
    this.#parts.storage.removeItem(this.#key);
    this.#reset(undefined);
  }

  /** Another tab changed what is stored. */
  storageChanged(key: string | null): void {
    if (key === null || key === this.#key) {
      const stored = this.#storedVisitor();
      if (stored?.token !== this.#credentials?.token) this.#reset(stored);
    }
    if (key === null || key.startsWith('statechat.outbox.')) this.#outbox.reload();
  }

  #reset(credentials: Credentials | undefined): void {
    this.#credentials = credentials;
    this.#receipts = { delivered: undefined, read: undefined };
    this.#change({ feed: EMPTY_FEED, taken: [], expired: false, connection: 'idle', loading: credentials !== undefined });
    this.#reader.restart();
  }

  async #post(message: Waiting): Promise<PostResult> {
    const token = this.#credentials?.token ?? (await this.#becomeVisitor());
    return typeof token === 'string' ? this.#parts.api.postMessage(token, message) : token;
  }

  /** Two tabs that begin at once become one visitor. */
  #becomeVisitor(): Promise<string | PostResult> {
    return this.#parts.withLock(this.#key, async () => {
      const stored = this.#storedVisitor();
      const { assistant, locale } = this.#parts;
      const made = stored ?? (await this.#parts.api.createVisitor({ locale, ...(assistant === undefined ? {} : { assistant }) }));
      if ('outcome' in made) return made;
      try {
        this.#parts.storage.setItem(this.#key, JSON.stringify(made));
      } catch {
        // The conversation lasts as long as the page.
      }
      this.#credentials = made;
      this.#reader.restart();
      return made.token;
    });
  }

  #storedVisitor(): Credentials | undefined {
    try {
      return decodeCredentials(JSON.parse(this.#parts.storage.getItem(this.#key) ?? 'null'));
    } catch {
      return undefined;
    }
  }

  #hear(data: string): void {
    const event = decodeFeedEvent(data);
    if (event === undefined) return;
    if (event.type === 'live') return this.#change({ loading: false });
    const feed = applyEvent(this.#snapshot.feed, event);
    if (feed === this.#snapshot.feed) return;
    const own = event.type === 'message' ? event.clientId : undefined;
    const taken = own === undefined ? this.#snapshot.taken : this.#snapshot.taken.filter(({ id }) => id !== own);
    this.#change({ feed, taken });
    if (own !== undefined) this.#outbox.settled(own);
    if (event.type === 'message' && event.author !== 'customer') this.#receipt('delivered');
  }

  /** Receipts say "up to here", so only the newest matters. */
  #receipt(status: 'delivered' | 'read'): void {
    const token = this.#credentials?.token;
    const upTo = lastReceived(this.#snapshot.feed.messages);
    if (token === undefined || upTo === undefined || this.#receipts.read === upTo || this.#receipts[status] === upTo) return;
    this.#receipts = { ...this.#receipts, [status]: upTo };
    this.#parts.api.signal(token, 'receipts', { upTo, status });
  }

  #change(part: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...part };
    if (this.#telling) return;
    this.#telling = true;
    this.#parts.soon(() => {
      this.#telling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
