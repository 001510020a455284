/**
 * Pacer that keeps sending within Telegram's limits, before a 429 and after.
 *
 * Owns when a call that shows something to a chat may be made. Does not own the calls, what is
 * shown.
 *
 * Invariants
 * 1. No chat sees more than one call in 1.1 s, no group more than 20 in a minute, and the bot makes
 *    no more than 30 in 1.1 s. Edits count.
 * 2. Edits stop short of the ceiling, and while a final text waits for their chat. A final text
 *    never waits for edits of others.
 * 3. A chat that Telegram holds (429) is left alone until the hold is over, for all callers.
 */
import { type Clock, sleep } from '#machines/clock.ts';
import { RateLimited } from '../port.ts';
import type { Quota, QuotaLimit, SlotOrWait } from '../quota.ts';

/** A tenth above Telegram's second, for clocks and counters that differ from ours. */
const SECOND = 1_100;
const MINUTE = 61_000;
/**
 * Interval between edits of one growing message. In groups 20 a minute is the limit, and final
 * texts need some of them.
 */
const EDIT_PRIVATE = 1_100;
const EDIT_GROUP = 3_100;

/** Groups and channels have negative ids. */
export const editInterval = (chat: number): number => (chat < 0 ? EDIT_GROUP : EDIT_PRIVATE);

export interface ChatPaceOptions {
  readonly clock: Clock;
  readonly quota: Quota;
  /**
   * Longest wait of a final text in milliseconds. A longer one throws `RateLimited`, to be retried
   * later.
   */
  readonly maxWaitMs: number;
}

export class ChatPace {
  private readonly clock: Clock;
  private readonly quota: Quota;
  readonly maxWaitMs: number;
  private readonly held = new Map<number, number>();
  private readonly waiting = new Map<number, number>();
  private botHeldUntil = 0;

  constructor({ clock, quota, maxWaitMs }: ChatPaceOptions) {
    this.clock = clock;
    this.quota = quota;
    this.maxWaitMs = maxWaitMs;
  }

  /**
   * Resolves when a final text may go to the chat, with a function to call when it has gone. Throws
   * `RateLimited` if that is too far off, or the signal's reason.
   */
  async final(chat: number, signal: AbortSignal): Promise<() => void> {
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
  async edit(chat: number, signal: AbortSignal): Promise<() => void> {
    for (;;) {
      signal.throwIfAborted();
      const taken = await this.take(chat, 'edit');
      if ('done' in taken) return () => taken.done(this.clock.now());
      await sleep(this.clock, taken.waitMs, signal);
    }
  }

  private take(chat: number, priority: 'final' | 'edit'): Promise<SlotOrWait> | SlotOrWait {
    const waitMs = this.heldFor(chat) || (priority === 'edit' && this.waiting.has(chat) ? SECOND : 0);
    return waitMs > 0 ? { waitMs } : this.quota.take(limitsOf(chat, priority), this.clock.now());
  }

  /**
   * Telegram demanded a pause. Its answer does not show whether the chat or the bot is meant. If a
   * third chat is paused at the same time, the bot is meant.
   */
  hold(chat: number, ms: number): void {
    const now = this.clock.now();
    for (const [other, until] of this.held) if (until <= now) this.held.delete(other);
    this.held.set(chat, Math.max(this.held.get(chat) ?? 0, now + ms));
    if (this.held.size >= 3) this.botHeldUntil = Math.max(this.botHeldUntil, Math.min(...this.held.values()));
  }

  /** Milliseconds until the chat's hold is over, 0 if there is none. */
  heldFor(chat: number): number {
    return Math.max(0, (this.held.get(chat) ?? 0) - this.clock.now(), this.botHeldUntil - this.clock.now());
  }
}

function limitsOf(chat: number, priority: 'final' | 'edit'): QuotaLimit[] {
  const final = priority === 'final';
  return [
    { key: `chat:${chat}`, slots: 1, windowMs: SECOND, of: 'peer' },
    { key: 'bot', slots: final ? 30 : 24, windowMs: SECOND, of: 'account' },
    ...(chat < 0 ? [{ key: `group:${chat}`, slots: final ? 20 : 16, windowMs: MINUTE, of: 'peer' } as const] : []),
  ];
}
