/**
 * Keeps sending within Telegram's limits before they bite, and still after they have.
 * Owns: when a call that shows something to a chat may be made. Does not own: the calls, what is shown.
 * Invariants:
 * 1. No chat sees more than one call in 1.1 s, no group more than 20 in a minute, the bot makes no more than 30 in 1.1 s. Edits count.
 * 2. Edits stop short of the ceiling, and while a final text waits for their chat: a final never waits for edits of others.
 * 3. A chat that Telegram holds (429) is left alone until the hold is over, whoever asks.
 */
import type { Clock } from '../clock.ts';
import { RateLimited } from '../port.ts';

export interface Limit {
  readonly key: string;
  readonly slots: number;
  readonly windowMs: number;
}

/** Counts what was used of limits. In memory for one instance; instances that share a bot need a shared one. */
export interface Quota {
  /** Takes one slot of every limit, or of none. Resolves to 0 if they were taken, else to the milliseconds until it is worth asking again. */
  take(limits: readonly Limit[], now: number): Promise<number> | number;
}

/** A sliding window: exact over any interval, where a fixed one lets twice the limit through at its edges. */
export class MemoryQuota implements Quota {
  private readonly used = new Map<string, number[]>();
  private takes = 0;

  take(limits: readonly Limit[], now: number): number {
    if (++this.takes % 1_000 === 0) this.sweep(now);
    const logs = limits.map((limit) => {
      const log = (this.used.get(limit.key) ?? []).filter((at) => at > now - limit.windowMs);
      this.used.set(limit.key, log);
      return { limit, log };
    });
    const wait = Math.max(0, ...logs.map(({ limit, log }) => (log.length < limit.slots ? 0 : (log[log.length - limit.slots] ?? now) + limit.windowMs - now)));
    if (wait === 0) for (const { log } of logs) log.push(now);
    return wait;
  }

  private sweep(now: number): void {
    for (const [key, log] of this.used) if ((log.at(-1) ?? 0) < now - MINUTE) this.used.delete(key);
  }
}

/** A tenth above Telegram's second: calls that leave a second apart may arrive closer together. */
const SECOND = 1_100;
const MINUTE = 61_000;
/** How often one message is edited while it grows. In groups 20 a minute is the limit, and finals need some of them. */
const EDIT_PRIVATE = 1_100;
const EDIT_GROUP = 3_100;

/** Groups and channels have negative ids. */
export const editInterval = (chat: number): number => (chat < 0 ? EDIT_GROUP : EDIT_PRIVATE);

export interface PaceOptions {
  readonly clock: Clock;
  readonly quota: Quota;
  /** Milliseconds that a final text waits here; what takes longer is thrown as `RateLimited`, to be tried again later. */
  readonly maxWaitMs: number;
}

export class Pace {
  private readonly clock: Clock;
  private readonly quota: Quota;
  readonly maxWaitMs: number;
  private readonly held = new Map<number, number>();
  private readonly waiting = new Map<number, number>();
  private botHeldUntil = 0;

  constructor({ clock, quota, maxWaitMs }: PaceOptions) {
    this.clock = clock;
    this.quota = quota;
    this.maxWaitMs = maxWaitMs;
  }

  /** Resolves when a final text may go to the chat. Throws `RateLimited` if that is too far off, or the signal's reason. */
  async final(chat: number, signal: AbortSignal): Promise<void> {
    const begun = this.clock.now();
    this.waiting.set(chat, (this.waiting.get(chat) ?? 0) + 1);
    try {
      for (;;) {
        signal.throwIfAborted();
        const wait = this.heldFor(chat) || (await this.quota.take(limitsOf(chat, 'final'), this.clock.now()));
        if (wait === 0) return;
        if (this.clock.now() - begun + wait > this.maxWaitMs) throw new RateLimited(`chat ${chat} can be written to in ${Math.ceil(wait / 1_000)} s`, wait, { chat });
        await this.clock.sleep(wait, signal);
      }
    } finally {
      const left = (this.waiting.get(chat) ?? 1) - 1;
      if (left > 0) this.waiting.set(chat, left);
      else this.waiting.delete(chat);
    }
  }

  /** Resolves when an edit of an unfinished text may be shown, however long that takes. Rejects with the signal's reason. */
  async edit(chat: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const wait = this.heldFor(chat) || (this.waiting.has(chat) ? SECOND : await this.quota.take(limitsOf(chat, 'edit'), this.clock.now()));
      if (wait === 0) return;
      await this.clock.sleep(wait, signal);
    }
  }

  /** Telegram asked to be left alone. It does not say whether the chat or the bot is meant: a third chat at once means the bot. */
  hold(chat: number, ms: number): void {
    const now = this.clock.now();
    for (const [other, until] of this.held) if (until <= now) this.held.delete(other);
    this.held.set(chat, Math.max(this.held.get(chat) ?? 0, now + ms));
    if (this.held.size >= 3) this.botHeldUntil = Math.max(this.botHeldUntil, Math.min(...this.held.values()));
  }

  /** Milliseconds until the chat's hold is over; 0 if there is none. */
  heldFor(chat: number): number {
    return Math.max(0, (this.held.get(chat) ?? 0) - this.clock.now(), this.botHeldUntil - this.clock.now());
  }
}

function limitsOf(chat: number, priority: 'final' | 'edit'): Limit[] {
  const final = priority === 'final';
  return [
    { key: `chat:${chat}`, slots: 1, windowMs: SECOND },
    { key: 'bot', slots: final ? 30 : 24, windowMs: SECOND },
    ...(chat < 0 ? [{ key: `group:${chat}`, slots: final ? 20 : 16, windowMs: MINUTE }] : []),
  ];
}
