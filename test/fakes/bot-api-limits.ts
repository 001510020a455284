import { Problem } from './bot-api-problem.ts';

/**
 * Telegram's limits, to the millisecond, for sends and edits alike. 1/s a chat, 30/s in all, 20/min
 * a group.
 */
export class RateLimits {
  private readonly now: () => number;
  private readonly taken: { readonly chat: number; readonly at: number }[] = [];

  constructor(now: () => number) {
    this.now = now;
  }

  /** Throws 429. A call that is turned away does not count. */
  take(chat: number): void {
    const now = this.now();
    const within = (ms: number, own: boolean) => this.taken.filter((call) => call.at > now - ms && (!own || call.chat === chat)).length;
    if (within(1_000, true) >= 1 || within(1_000, false) >= 30) throw tooMany(1);
    if (chat < 0 && within(60_000, true) >= 20) throw tooMany(60);
    this.taken.push({ chat, at: now });
  }
}

function tooMany(seconds: number): Problem {
  return new Problem(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
}
