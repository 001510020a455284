/**
 * Path of one update from Telegram to the host, by webhook or polling.
 *
 * Owns decoding, the result for an update, updates in flight. Does not own acknowledging
 * (polling.ts, webhook.ts).
 *
 * Invariants
 * 1. `offer` hands over before it returns. A caller that must keep an order waits for each outcome.
 * 2. `again` is the only outcome after which Telegram must offer the update once more.
 * 3. An update that can never be taken becomes a dead letter before it is acknowledged, and delays
 *    no other once it is.
 */

import type { Clock } from '#machines/clock.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import { Backoff } from '../backoff.ts';
import type { ChannelLog } from '../log.ts';
import type { CountIgnored, Intake, KeepDeadLetter } from '../port.ts';
import { type Bot, decodeUpdate, migration } from './decode.ts';

export type UpdateOutcome = 'taken' | 'ignored' | 'dead letter' | 'again';

/** Defects of the host get this many chances before the update counts as poison. */
const CHANCES = 5;

/** A person sent it to be acted on, and the program has nothing that does. */
class NotSupported extends StatechatError {
  constructor(kind: string, reason: string) {
    super('not_supported', `${kind}: ${reason}`);
    this.name = 'NotSupported';
  }
}

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
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly defects = new Map<number, number>();
  private open: { readonly intake: Intake; readonly bot: Bot; readonly closing: AbortController } | undefined;

  constructor(options: InboxOptions) {
    this.options = options;
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
  offer(id: number, update: unknown): Promise<UpdateOutcome> {
    const outcome = this.take(id, update);
    this.inFlight.add(outcome);
    return outcome.finally(() => this.inFlight.delete(outcome));
  }

  private async take(id: number, update: unknown): Promise<UpdateOutcome> {
    if (!this.open) return 'again';
    const { intake, bot } = this.open;
    const { clock, ignored, answerButton } = this.options;
    try {
      const decoded = decodeUpdate(update, bot, clock.now());
      if ('kept' in decoded) return await this.deadLetter(update, id, bot, new NotSupported(decoded.kind, decoded.kept));
      if ('ignored' in decoded) {
        ignored({ kind: decoded.kind, reason: decoded.ignored, providerId: String(id) });
        if (decoded.callbackId !== undefined) this.answer(answerButton(decoded.callbackId));
        return 'ignored';
      }
      await intake(decoded.event);
      this.defects.delete(id);
      if (decoded.callbackId !== undefined) this.answer(answerButton(decoded.callbackId));
      return 'taken';
    } catch (error) {
      return await this.outcomeOf(error, update, id, bot);
    }
  }

  private async outcomeOf(error: unknown, update: unknown, id: number, bot: Bot): Promise<UpdateOutcome> {
    const { log } = this.options;
    if (error instanceof StatechatError && error.retryable) {
      log.warn({ updateId: id, code: error.code, error }, 'telegram update could not be stored and will come again');
      return 'again';
    }
    if (!(error instanceof StatechatError)) {
      const failures = (this.defects.get(id) ?? 0) + 1;
      this.defects.set(id, failures);
      log.error({ updateId: id, failures, error }, 'telegram update failed because of a defect');
      if (failures < CHANCES) return 'again';
    }
    const reason =
      error instanceof StatechatError
        ? error
        : new InvalidInput(`handling the update failed ${CHANCES} times: ${String(error)}`, {}, error);
    return this.deadLetter(update, id, bot, reason);
  }

  private async deadLetter(update: unknown, id: number, bot: Bot, reason: StatechatError): Promise<UpdateOutcome> {
    const { log, clock, deadLetter } = this.options;
    try {
      await deadLetter({
        channel: 'telegram',
        account: String(bot.id),
        providerId: String(id),
        receivedAt: clock.now(),
        reason,
        content: update,
      });
    } catch (error) {
      log.warn({ updateId: id, code: reason.code, error }, 'telegram update could not be stored as a dead letter and will come again');
      return 'again';
    }
    this.defects.delete(id);
    log.warn({ updateId: id, code: reason.code, reason: reason.message }, 'telegram dead letter');
    return 'dead letter';
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
