/**
 * Outbox of the page, with messages that the server does not have yet.
 *
 * Owns persistence, order, retries. Does not own how a message is posted, what the page shows.
 *
 * Invariants
 * 1. A message is stored before `add` returns, and removed only when the server has it or the
 *    visitor discards it.
 * 2. Every attempt carries the same id, so the server takes the message once, however often this
 *    tab, another tab or a reloaded page sends it.
 * 3. One at a time, in order. A later message never overtakes one that waits. A refused one steps
 *    aside.
 */
import * as z from 'zod/mini';
import { type FileRef, fileRefSchema } from '../media/uploads.ts';

const fileRefs = z.array(fileRefSchema);
const place = z.object({ latitude: z.number(), longitude: z.number() });
/** In degrees. */
export type Place = z.infer<typeof place>;

export interface Waiting {
  readonly id: string;
  readonly text: string;
  /** Uploads that go with it. */
  readonly files?: readonly FileRef[];
  /** Where the visitor is. */
  readonly location?: Place;
  /** The message that it answers, by its `clientId` or `ref`. */
  readonly replyTo?: string | undefined;
  /** Milliseconds since the epoch, by the visitor's clock. */
  readonly at: number;
  /**
   * Final refusal by the server. `reason` says what to do. Kept until the visitor retries or
   * discards it.
   */
  readonly refused?: string;
}

export type PostResult =
  | { readonly outcome: 'taken' }
  /** Not reached, or temporarily refused. `afterMs` is the server's time to wait. */
  | { readonly outcome: 'later'; readonly afterMs?: number }
  | { readonly outcome: 'refused'; readonly reason: string }
  /** The visitor's token is no longer good. Everything waits. */
  | { readonly outcome: 'expired' };

export interface OutboxParts {
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;
  /**
   * Keys are `{prefix}{id}`, one entry a message, so that two tabs never overwrite each other's.
   */
  readonly prefix: string;
  readonly post: (message: Waiting) => Promise<PostResult>;
  readonly onChange: () => void;
  readonly onTaken: (message: Waiting) => void;
  readonly onExpired: () => void;
  readonly setTimer: (run: () => void, ms: number) => () => void;
  /** 0 to 1. */
  readonly random: () => number;
  /** Runs in one tab at a time. Default is at once, if the browser has no locks. */
  readonly withLock?: (run: () => Promise<void>) => Promise<void>;
}

/**
 * 1 s, 2 s, 4 s … 30 s, each shortened by up to half, so that many pages do not return at the same
 * time.
 */
export function backoffMs(attempt: number, random: number, base = 1_000): number {
  return Math.min(30_000, base * 2 ** Math.min(attempt, 10)) * (1 - random / 2);
}

export class SendQueue {
  readonly #parts: OutboxParts;
  #items: readonly Waiting[];
  #draining = false;
  #attempt = 0;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#items = this.#load();
  }

  get items(): readonly Waiting[] {
    return this.#items;
  }

  /** Persists and begins sending. If storage is full or forbidden, only the persistence is lost. */
  add(message: Waiting): void {
    this.#store(message);
    this.#replace([...this.#items, message]);
    this.flush();
  }

  retry(id: string): void {
    const item = this.#items.find((other) => other.id === id);
    if (item === undefined) return;
    const { refused: _refused, ...again } = item;
    this.#store(again);
    this.#replace(this.#items.map((other) => (other.id === id ? again : other)));
    this.flush();
  }

  discard(id: string): void {
    this.#forget(id);
  }

  /** Removes everything, because the conversation is over. */
  clear(): void {
    for (const { id } of this.#items) this.#parts.storage.removeItem(this.#parts.prefix + id);
    this.#replace([]);
  }

  /** The server has the message, as its stream shows, so it need not be sent. */
  settled(id: string): void {
    if (this.#items.some((item) => item.id === id)) this.#forget(id);
  }

  /** Another tab changed what is stored. */
  reload(): void {
    this.#replace(this.#load());
    this.flush();
  }

  /** Retries now, because the network is back or there is a new message. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#draining || this.#closed) return;
    this.#draining = true;
    const withLock = this.#parts.withLock ?? ((run) => run());
    void withLock(() => this.#drain()).finally(() => {
      this.#draining = false;
      // A message may have been added since the last check.
      if (this.#next() !== undefined && this.#cancelTimer === undefined && !this.#closed && !this.#expired) this.flush();
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
  }

  #expired = false;

  #next(): Waiting | undefined {
    return this.#items.find((item) => item.refused === undefined);
  }

  async #drain(): Promise<void> {
    this.#expired = false;
    for (let item = this.#next(); item !== undefined && !this.#closed; item = this.#next()) {
      const result = await this.#parts.post(item);
      if (this.#closed) return;
      const { id } = item;
      // Meanwhile the stream may have delivered it, or the visitor may have started another
      // conversation. Nothing is left to do then.
      if (!this.#items.some((other) => other.id === id)) continue;
      if (result.outcome === 'taken') {
        this.#attempt = 0;
        this.#parts.onTaken(item);
        this.#forget(item.id);
      } else if (result.outcome === 'refused') {
        const refused: Waiting = { ...item, refused: result.reason };
        this.#store(refused);
        this.#replace(this.#items.map((other) => (other.id === refused.id ? refused : other)));
      } else if (result.outcome === 'expired') {
        this.#expired = true;
        this.#parts.onExpired();
        return;
      } else {
        const wait = result.afterMs ?? backoffMs(this.#attempt, this.#parts.random());
        this.#attempt += 1;
        this.#cancelTimer = this.#parts.setTimer(() => this.flush(), wait);
        return;
      }
    }
  }

  #forget(id: string): void {
    this.#parts.storage.removeItem(this.#parts.prefix + id);
    this.#replace(this.#items.filter((item) => item.id !== id));
  }

  #store(message: Waiting): void {
    try {
      this.#parts.storage.setItem(this.#parts.prefix + message.id, JSON.stringify(message));
    } catch {
      // Private windows and full disks. The message is sent nevertheless and only does not survive
      // a reload.
    }
  }

  #load(): readonly Waiting[] {
    const { storage, prefix } = this.#parts;
    const found: Waiting[] = [];
    for (let i = 0; i < storage.length; i++) {
      const key = storage.key(i);
      if (key === null || !key.startsWith(prefix)) continue;
      const item = decodeWaiting(storage.getItem(key));
      if (item !== undefined) found.push(item);
    }
    return found.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  #replace(items: readonly Waiting[]): void {
    this.#items = items;
    this.#parts.onChange();
  }
}

function decodeWaiting(stored: string | null): Waiting | undefined {
  try {
    const value: unknown = JSON.parse(stored ?? 'null');
    if (typeof value !== 'object' || value === null || !('id' in value) || !('text' in value) || !('at' in value)) return undefined;
    const { id, text, at } = value;
    if (typeof id !== 'string' || typeof text !== 'string' || typeof at !== 'number') return undefined;
    const files = fileRefs.safeParse('files' in value ? value.files : undefined).data;
    const location = place.safeParse('location' in value ? value.location : undefined).data;
    return {
      id,
      text,
      at,
      ...(files === undefined ? {} : { files }),
      ...(location === undefined ? {} : { location }),
      ...('replyTo' in value && typeof value.replyTo === 'string' ? { replyTo: value.replyTo } : {}),
      ...('refused' in value && typeof value.refused === 'string' ? { refused: value.refused } : {}),
    };
  } catch {
    return undefined;
  }
}
