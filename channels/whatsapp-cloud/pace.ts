/**
 * Limits of WhatsApp, over the pace of all channels.
 *
 * Owns what a person and the number may be sent, and how long a hold is. Does not own the calls.
 *
 * Invariants
 * 1. One person is sent 10 messages in a minute at most, which is the documented one in 6 s with a
 *    burst. The number sends and receives `perSecond` in a second at most, as far as that is ours.
 *    Where that is not set, it is Meta's limit for the number as far as it is known.
 * 2. Holds of a person (131056) grow with each in a row, as Meta advises. Any other refusal for now
 *    (130429) holds the number.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '#machines/clock.ts';
import { ChatPace } from '../chat-pace.ts';
import type { RateLimited } from '../port.ts';
import type { Quota, QuotaLimit } from '../quota.ts';
import { COEXISTENCE_PER_SECOND } from './coexistence.ts';

/** Messages in a second of a number that Meta neither upgraded nor restricted. */
const USUAL_PER_SECOND = 80;
/** A tenth above a second, for clocks and counters that differ from ours. */
const SECOND = 1_100;
const PAIR: Pick<QuotaLimit, 'slots' | 'windowMs'> = { slots: 10, windowMs: 60_000 };
/** Longest hold of a person in milliseconds. Meta advises 4^n seconds. */
const LONGEST_HOLD = 256_000;
/** People whose holds in a row are counted. */
const MAX_COUNTED = 10_000;

export interface PaceOptions {
  readonly clock: Clock;
  readonly quota: Quota;
  /**
   * Messages that the number may send and receive in a second. Undefined for what Meta gives a
   * number, which `coexists` lowers.
   */
  readonly perSecond: number | undefined;
  /** Longest wait in milliseconds. A longer one throws `RateLimited`, to be retried later. */
  readonly maxWaitMs: number;
}

export class Pace {
  private readonly options: PaceOptions;
  private perSecond: number;
  private readonly chats: ChatPace<string>;
  private readonly holdsInRow = new LRUCache<string, number>({ max: MAX_COUNTED });

  constructor(options: PaceOptions) {
    this.options = options;
    this.perSecond = options.perSecond ?? USUAL_PER_SECOND;
    this.chats = new ChatPace({
      ...options,
      limitsOf: (person) => [{ key: `pair:${person}`, ...PAIR, of: 'peer' }, this.numberLimit],
    });
  }

  private get numberLimit(): QuotaLimit {
    return { key: 'number', slots: this.perSecond, windowMs: SECOND, of: 'account' };
  }

  /** The number is in the WhatsApp Business app too. Returns whether that lowered its limit. */
  coexists(): boolean {
    if (this.options.perSecond !== undefined || this.perSecond === COEXISTENCE_PER_SECOND) return false;
    this.perSecond = COEXISTENCE_PER_SECOND;
    return true;
  }

  /** As `final` of the pace of all channels. */
  turn(person: string, signal: AbortSignal): Promise<() => void> {
    return this.chats.final(person, signal);
  }

  /** A message arrived, which counts against the number too. It cannot wait, so it never does. */
  async received(): Promise<void> {
    const { clock, quota } = this.options;
    const taken = await quota.take([this.numberLimit], clock.now());
    if ('done' in taken) taken.done(clock.now());
  }

  /** WhatsApp refused for now. Resolves to how long the person is left alone, in milliseconds. */
  hold(person: string, { retryAfterMs, facts }: RateLimited): number {
    if (facts['scope'] !== 'pair') {
      this.chats.holdAll(retryAfterMs);
      return retryAfterMs;
    }
    const count = (this.holdsInRow.get(person) ?? 0) + 1;
    const ms = Math.min(LONGEST_HOLD, Math.max(retryAfterMs, 4 ** count * 1_000));
    this.holdsInRow.set(person, count);
    this.chats.hold(person, ms);
    return ms;
  }

  /** A message was taken, so the next hold of the person is short again. */
  sent(person: string): void {
    this.holdsInRow.delete(person);
  }
}
