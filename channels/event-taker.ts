/**
 * Takes one event of a provider in, and decides what becomes of it if that fails.
 *
 * Owns the outcome of an event. Does not own decoding, acknowledging, when it is tried again.
 *
 * Invariants
 * 1. `again` is the only outcome after which the event must be offered once more.
 * 2. An event that can never be taken becomes a dead letter before it is acknowledged, and delays
 *    no other once it is.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '#machines/clock.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { KeepDeadLetter } from './inbound.ts';
import type { ChannelLog } from './log.ts';

export type Outcome = 'taken' | 'ignored' | 'dead letter' | 'again';

/** Defects of the host get this many chances before the event counts as poison. */
const CHANCES = 5;
/** Events that failed by a defect and are remembered. One more is given its chances again. */
const MAX_DEFECTS = 10_000;

/** A person sent it to be acted on, and the program has nothing that does. */
export class NotSupported extends StatechatError {
  constructor(kind: string, reason: string) {
    super('not_supported', `${kind}: ${reason}`);
    this.name = 'NotSupported';
  }
}

/** An event as the provider sent it. */
export interface Received {
  /** The channel's account that it was sent to. */
  readonly account: string;
  /** The provider's own id of it, stable over its redeliveries. */
  readonly providerId: string;
  readonly content: unknown;
}

export interface EventTakerOptions {
  /** Name of the channel. */
  readonly channel: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: ChannelLog;
  readonly deadLetter: KeepDeadLetter;
}

export class EventTaker {
  private readonly options: EventTakerOptions;
  private readonly defects = new LRUCache<string, number>({ max: MAX_DEFECTS });

  constructor(options: EventTakerOptions) {
    this.options = options;
  }

  /**
   * Never rejects. `work` makes the event durable and says what it is. It throws `NotSupported` or
   * `InvalidInput` for an event that no session can take.
   */
  async take(received: Received, work: () => Promise<'taken' | 'ignored'>): Promise<Outcome> {
    try {
      const outcome = await work();
      this.defects.delete(received.providerId);
      return outcome;
    } catch (error) {
      return await this.outcomeOf(error, received);
    }
  }

  private async outcomeOf(error: unknown, received: Received): Promise<Outcome> {
    const { channel, log } = this.options;
    const { providerId } = received;
    if (error instanceof StatechatError && error.retryable) {
      log.warn({ providerId, code: error.code, error }, `${channel} event could not be stored and is offered again`);
      return 'again';
    }
    if (!(error instanceof StatechatError)) {
      const failures = (this.defects.get(providerId) ?? 0) + 1;
      this.defects.set(providerId, failures);
      log.error({ providerId, failures, error }, `${channel} event failed because of a defect`);
      if (failures < CHANCES) return 'again';
    }
    const reason =
      error instanceof StatechatError ? error : new InvalidInput(`handling the event failed ${CHANCES} times: ${String(error)}`, {}, error);
    return this.deadLetter(received, reason);
  }

  private async deadLetter({ account, providerId, content }: Received, reason: StatechatError): Promise<Outcome> {
    const { channel, log, clock, deadLetter } = this.options;
    try {
      await deadLetter({ channel, account, providerId, receivedAt: clock.now(), reason, content });
    } catch (error) {
      log.warn({ providerId, code: reason.code, error }, `${channel} event could not be stored as a dead letter and is offered again`);
      return 'again';
    }
    this.defects.delete(providerId);
    log.warn({ providerId, code: reason.code, reason: reason.message }, `${channel} dead letter`);
    return 'dead letter';
  }
}
