/**
 * Long polling. telegraf's own polling acknowledges updates before they are handled and gives
 * handlers 90 seconds. This one acknowledges what is durable.
 *
 * Owns the offset. Does not own the result for an update (inbox.ts).
 *
 * Invariants
 * 1. The offset passes an update only when it and all before it are taken, ignored or dead letters.
 * 2. One batch at a time. Chats go in parallel. In a chat each update waits for the outcome of the
 *    one before, and none passes one that has to come again. Otherwise a store that fails for a
 *    moment would reverse their order.
 * 3. A crash loses nothing. Updates that were not acknowledged come again, under the same ids.
 */

import type { Backoff } from '../backoff.ts';
import type { ChannelLog } from '../log.ts';
import type { BotApi, Result } from './api.ts';
import { Conflict, Unauthorized } from './api.ts';
import { ALLOWED_UPDATES, chatOf } from './decode.ts';
import type { Inbox } from './inbox.ts';

/**
 * Longest wait for a Telegram that hangs during a stop, in milliseconds. The confirmation only
 * saves it a repetition.
 */
const CONFIRM_MS = 2_000;

export interface PollerOptions {
  readonly api: BotApi;
  readonly inbox: Inbox;
  readonly backoff: Backoff;
  readonly log: ChannelLog;
  /** Seconds that Telegram holds a poll open when there is nothing. */
  readonly pollSeconds: number;
}

export class Poller {
  private readonly options: PollerOptions;
  private offset = 0;
  private confirmed = 0;
  /**
   * Settled updates beyond the offset. They are not handed over again while an earlier one holds
   * the offset.
   */
  private readonly settled = new Set<number>();

  constructor(options: PollerOptions) {
    this.options = options;
  }

  /** Polls until the signal is aborted and what was fetched is settled. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { backoff } = this.options;
    while (!signal.aborted) {
      let failure: unknown;
      try {
        const updates = await this.fetch(signal);
        if (await this.handOver(updates)) {
          backoff.reset();
          continue;
        }
        failure = 'not durable';
      } catch (error) {
        if (signal.aborted) break;
        this.report(error);
        failure = error;
      }
      await backoff.pause(failure, signal).catch(() => undefined);
    }
    await this.confirm();
  }

  private async fetch(signal: AbortSignal): Promise<Result<'getUpdates'>> {
    const { api, pollSeconds } = this.options;
    const { offset } = this;
    const payload = { offset, timeout: pollSeconds, limit: 100, allowed_updates: [...ALLOWED_UPDATES] };
    const updates = await api.call('getUpdates', payload, { signal, waitMs: pollSeconds * 1_000 });
    this.confirmed = offset;
    return updates;
  }

  /** Resolves to false if the offset had to stop before the end. */
  private async handOver(updates: Result<'getUpdates'>): Promise<boolean> {
    const fresh = updates.filter(({ update_id }) => !this.settled.has(update_id));
    await Promise.all([...Map.groupBy(fresh, chatOf).values()].map((ofChat) => this.handOverChat(ofChat)));
    const stuck = updates.findIndex(({ update_id }) => !this.settled.has(update_id));
    const passed = updates.slice(0, stuck < 0 ? updates.length : stuck).map(({ update_id }) => update_id);
    // May go back. After a quiet week Telegram continues from a random number, and it delivers
    // those updates although they are below the offset.
    if (passed.length > 0) this.offset = Math.max(...passed) + 1;
    for (const id of passed) this.settled.delete(id);
    return stuck < 0;
  }

  private async handOverChat(updates: Result<'getUpdates'>): Promise<void> {
    for (const update of updates) {
      if ((await this.options.inbox.offer(update.update_id, update)) === 'again') return;
      this.settled.add(update.update_id);
    }
  }

  private report(error: unknown): void {
    const { log } = this.options;
    const facts = { error };
    if (error instanceof Conflict || error instanceof Unauthorized) log.error(facts, error.message);
    else log.warn(facts, 'telegram polling failed and continues after a pause');
  }

  /**
   * Telegram learns of the last batch only by the next poll. Without this call, a restart would
   * receive it again and recognise it by its ids.
   */
  private async confirm(): Promise<void> {
    if (this.offset === this.confirmed) return;
    const payload = { offset: this.offset, timeout: 0, limit: 1, allowed_updates: [...ALLOWED_UPDATES] };
    await this.options.api.call('getUpdates', payload, { signal: AbortSignal.timeout(CONFIRM_MS) }).catch(() => undefined);
  }
}
