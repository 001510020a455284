/**
 * Path of one update from Telegram to the host, by webhook or polling.
 *
 * Owns decoding, updates in flight. Does not own the outcome of an update (../event-taker.ts),
 * acknowledging it (polling.ts, webhook.ts).
 *
 * Invariant
 * `offer` hands over before it returns. A caller that must keep an order waits for each
 * outcome.
 */

import type { Clock } from '#machines/clock.ts';
import { StatechatError } from '#machines/errors.ts';
import { Backoff } from '../backoff.ts';
import { EventTaker, NotSupported, type Outcome } from '../event-taker.ts';
import type { CountIgnored, Intake, KeepDeadLetter } from '../inbound.ts';
import type { ChannelLog } from '../log.ts';
import { type Bot, decodeUpdate, migration } from './decode.ts';

export interface InboxOptions {
  readonly clock: Clock;
  /** Spreads retries. */
  readonly random: () => number;
  readonly log: ChannelLog;
  readonly deadLetter: KeepDeadLetter;
  /** Called with each update that changes no session. */
  readonly ignored: CountIgnored;
  /** Acknowledges a pressed button to Telegram, which stops its spinner. Best effort. */
  readonly answerButton: (callbackId: string) => Promise<void>;
}

export class Inbox {
  private readonly options: InboxOptions;
  private readonly taker: EventTaker;
  private readonly inFlight = new Set<Promise<unknown>>();
  private open: { readonly intake: Intake; readonly bot: Bot; readonly closing: AbortController } | undefined;

  constructor(options: InboxOptions) {
    this.options = options;
    this.taker = new EventTaker({ ...options, channel: 'telegram' });
  }

  begin(intake: Intake, bot: Bot): void {
    this.open = { intake, bot, closing: new AbortController() };
  }

  /** From now on every update gets `again`. Resolves when those in flight are settled. */
  async end(): Promise<void> {
    this.open?.closing.abort();
    this.open = undefined;
    await this.settled();
  }

  async settled(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  /** Never rejects. */
  offer(id: number, update: unknown): Promise<Outcome> {
    const outcome = this.take(id, update);
    this.inFlight.add(outcome);
    return outcome.finally(() => this.inFlight.delete(outcome));
  }

  private async take(id: number, update: unknown): Promise<Outcome> {
    if (!this.open) return 'again';
    const { intake, bot } = this.open;
    const { clock, ignored, answerButton } = this.options;
    return await this.taker.take({ account: String(bot.id), providerId: String(id), content: update }, async () => {
      const decoded = decodeUpdate(update, bot, clock.now());
      if ('kept' in decoded) throw new NotSupported(decoded.kind, decoded.kept);
      if ('ignored' in decoded) ignored({ kind: decoded.kind, reason: decoded.ignored, providerId: String(id) });
      else await intake(decoded.event);
      if (decoded.callbackId !== undefined) this.answer(answerButton(decoded.callbackId));
      return 'ignored' in decoded ? 'ignored' : 'taken';
    });
  }

  /**
   * Telegram answered a call with the group's new chat. It also reports the move in both chats, but
   * a bot that was away for a day, or has no rights there, misses that. So the move is offered
   * until the host has it or the adapter stops. After a restart the next refused call does the
   * same.
   */
  migrated(from: number, to: number): void {
    if (!this.open) return;
    const { intake, bot, closing } = this.open;
    const { clock, random, log } = this.options;
    const event = migration(bot, from, to, clock.now());
    const backoff = new Backoff(clock, random);
    const offerUntilTaken = async (): Promise<void> => {
      for (;;) {
        try {
          await intake(event);
          return;
        } catch (error) {
          if (error instanceof StatechatError && !error.retryable) throw error;
          log.warn({ from, to, error }, 'the move of a telegram group could not be stored and is tried again');
          await backoff.pause(error, closing.signal);
        }
      }
    };
    // The conversation of the old chat stays there, so an operator has to know.
    this.track(offerUntilTaken(), (error) => log.warn({ from, to, error }, 'the move of a telegram group was refused for good'));
  }

  private answer(button: Promise<void>): void {
    this.track(button, (error) => this.options.log.debug({ error }, 'telegram button was not answered'));
  }

  private track(work: Promise<void>, onFailure: (error: unknown) => void): void {
    const done = work.catch(onFailure).finally(() => this.inFlight.delete(done));
    this.inFlight.add(done);
  }
}
