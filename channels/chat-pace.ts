/**
 * Pacer that keeps sending within a provider's limits, before a 429 and after.
 *
 * Owns when a call that shows something to a chat may be made. Does not own the calls, what is
 * shown, what the limits are.
 *
 * Invariants
 * 1. No call is made without a slot of every limit that the channel names for it. Edits count.
 * 2. Edits stop short of the ceiling, and while a final text waits for their chat. A final text
 *    never waits for edits of others.
 * 3. A chat that the provider holds (429) is left alone until the hold is over, for all callers.
 */
import { type Clock, sleep } from '#machines/clock.ts';
import { RateLimited } from './port.ts';
import type { Quota, QuotaLimit, SlotOrWait } from './quota.ts';

/** How long an edit steps aside for a final text of its chat, in milliseconds. */
const ASIDE_MS = 1_100;

export type Priority = 'final' | 'edit';

export interface ChatPaceOptions<Chat> {
  readonly clock: Clock;
  readonly quota: Quota;
  /** Limits of a call. An edit gets fewer slots, so that final texts find some. */
  readonly limitsOf: (chat: Chat, priority: Priority) => readonly QuotaLimit[];
  /**
   * Longest wait of a final text in milliseconds. A longer one throws `RateLimited`, to be retried
   * later.
   */
  readonly maxWaitMs: number;
}

export class ChatPace<Chat extends string | number> {
  private readonly clock: Clock;
  private readonly quota: Quota;
  private readonly limitsOf: ChatPaceOptions<Chat>['limitsOf'];
  readonly maxWaitMs: number;
  private readonly held = new Map<Chat, number>();
  private readonly waiting = new Map<Chat, number>();
  private allHeldUntil = 0;

  constructor({ clock, quota, limitsOf, maxWaitMs }: ChatPaceOptions<Chat>) {
    this.clock = clock;
    this.quota = quota;
    this.limitsOf = limitsOf;
    this.maxWaitMs = maxWaitMs;
  }

  /**
   * Resolves when a final text may go to the chat, with a function to call when it has gone. Throws
   * `RateLimited` if that is too far off, or the signal's reason.
   */
  async final(chat: Chat, signal: AbortSignal): Promise<() => void> {
    const begun = this.clock.now();
    this.waiting.set(chat, (this.waiting.get(chat) ?? 0) + 1);
    try {
      for (;;) {
        signal.throwIfAborted();
        const taken = await this.take(chat, 'final');
        if ('done' in taken) return () => taken.done(this.clock.now());
        const wait = taken.waitMs;
        if (this.clock.now() - begun + wait > this.maxWaitMs)
          throw new RateLimited(`chat ${chat} can be written to in ${Math.ceil(wait / 1_000)} s`, wait, { chat });
        await sleep(this.clock, wait, signal);
      }
    } finally {
      const left = (this.waiting.get(chat) ?? 1) - 1;
      if (left > 0) this.waiting.set(chat, left);
      else this.waiting.delete(chat);
    }
  }

  /**
   * The same for an edit of a partial text, however long it takes. Rejects with the signal's reason
   * only.
   */
  async edit(chat: Chat, signal: AbortSignal): Promise<() => void> {
    for (;;) {
      signal.throwIfAborted();
      const taken = await this.take(chat, 'edit');
      if ('done' in taken) return () => taken.done(this.clock.now());
      await sleep(this.clock, taken.waitMs, signal);
    }
  }

  private take(chat: Chat, priority: Priority): Promise<SlotOrWait> | SlotOrWait {
    const waitMs = this.heldFor(chat) || (priority === 'edit' && this.waiting.has(chat) ? ASIDE_MS : 0);
    return waitMs > 0 ? { waitMs } : this.quota.take(this.limitsOf(chat, priority), this.clock.now());
  }

  /** The provider demanded a pause of the chat. */
  hold(chat: Chat, ms: number): void {
    const now = this.clock.now();
    for (const [other, until] of this.held) if (until <= now) this.held.delete(other);
    this.held.set(chat, Math.max(this.held.get(chat) ?? 0, now + ms));
  }

  /**
   * The provider demanded a pause, and does not say whether of the chat or of the account. If a
   * third chat is paused at the same time, the account is meant.
   */
  holdOneOrAll(chat: Chat, ms: number): void {
    this.hold(chat, ms);
    if (this.held.size >= 3) this.allHeldUntil = Math.max(this.allHeldUntil, Math.min(...this.held.values()));
  }

  /** The provider demanded a pause of the whole account. */
  holdAll(ms: number): void {
    this.allHeldUntil = Math.max(this.allHeldUntil, this.clock.now() + ms);
  }

  /** Milliseconds until the chat's hold is over, 0 if there is none. */
  heldFor(chat: Chat): number {
    return Math.max(0, (this.held.get(chat) ?? 0) - this.clock.now(), this.allHeldUntil - this.clock.now());
  }
}
