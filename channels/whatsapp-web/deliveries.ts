/**
 * Deliveries of the page's events to the program, in the child.
 *
 * Owns the order of events, and each event until the program has a final outcome for it. Does not
 * own what an event means.
 *
 * Invariants
 * 1. The events of one chat are offered one after another. The next waits for a final outcome of
 *    the one before.
 * 2. An event with the outcome `again` is offered again after a pause, which doubles.
 * 3. Until `open`, live events wait. So what was missed comes before what is new.
 * 4. A message is offered once, although the page reports it again or it was missed too.
 */
import { LRUCache } from 'lru-cache';
import type { Outcome } from './protocol.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Messages that are remembered, so that none is offered twice. */
const REMEMBERED = 5_000;
/** Default of `mostWaiting`. */
const MOST_WAITING = 5_000;

/** An event, or work that leads to one. It is begun when the events before it are final. */
export interface Waiting {
  /** Chat whose order it belongs to. */
  readonly chat: string;
  /** Names the message, if the event is a new message. */
  readonly message?: string;
  /** `PageEvent`, unless the page has changed. The program checks it. */
  readonly event: () => Promise<unknown>;
}

export interface DeliveriesOptions {
  /**
   * Events that wait at most. Beyond it live messages are dropped, and fetched again once the rest
   * is taken. Default 5,000.
   */
  readonly mostWaiting?: number;
  readonly offer: (seq: number, event: unknown) => void;
  /** Live messages were dropped, because too many waited. Called when all others are final. */
  readonly onDropped: () => void;
  /** Resolves after that many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** An event could not be made. */
  readonly onError: (error: unknown) => void;
}

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #chats = new Map<string, Promise<void>>();
  readonly #offered = new Map<number, (outcome: Outcome) => void>();
  readonly #known = new LRUCache<string, true>({ max: REMEMBERED });
  #held: Waiting[] | undefined = [];
  #waiting = 0;
  #dropped = false;
  #seq = 0;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Queues an event as it happens. */
  live(waiting: Waiting): void {
    if (waiting.message !== undefined && this.#waiting + (this.#held?.length ?? 0) >= (this.#options.mostWaiting ?? MOST_WAITING)) {
      this.#dropped = true;
      return;
    }
    if (this.#held !== undefined) this.#held.push(waiting);
    else this.#queue(waiting).catch(this.#options.onError);
  }

  /**
   * Queues a message that was missed. Resolves when its outcome is final, to false if it was known.
   */
  async missed(waiting: Waiting): Promise<boolean> {
    return await this.#queue(waiting);
  }

  /** Live events wait from now on. */
  hold(): void {
    this.#held ??= [];
  }

  /** Live events that waited come now, and later ones as they happen. */
  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const waiting of held) this.live(waiting);
  }

  settle(seq: number, outcome: Outcome): void {
    this.#offered.get(seq)?.(outcome);
  }

  #queue(waiting: Waiting): Promise<boolean> {
    const { chat, message } = waiting;
    if (message !== undefined) {
      if (this.#known.has(message)) return Promise.resolve(false);
      this.#known.set(message, true);
    }
    this.#waiting++;
    const before = this.#chats.get(chat) ?? Promise.resolve();
    const delivered = before.then(() => this.#deliver(waiting));
    // An event that could not be made does not hold up the others of its chat.
    const settled = delivered.then(
      () => undefined,
      () => undefined,
    );
    this.#chats.set(chat, settled);
    void settled.then(() => {
      if (this.#chats.get(chat) === settled) this.#chats.delete(chat);
      if (--this.#waiting > 0 || !this.#dropped) return;
      this.#dropped = false;
      this.#options.onDropped();
    });
    return delivered.then(() => true);
  }

  async #deliver({ event, message }: Waiting): Promise<void> {
    try {
      const made = await event();
      for (let pause = FIRST_PAUSE_MS; (await this.#offer(made)) === 'again'; pause = Math.min(pause * 2, LONGEST_PAUSE_MS))
        await this.#options.pause(pause);
    } catch (error) {
      // It is offered again with what was missed.
      if (message !== undefined) this.#known.delete(message);
      throw error;
    }
  }

  #offer(event: unknown): Promise<Outcome> {
    const seq = ++this.#seq;
    return new Promise((resolve) => {
      this.#offered.set(seq, (outcome) => {
        this.#offered.delete(seq);
        resolve(outcome);
      });
      this.#options.offer(seq, event);
    });
  }
}
