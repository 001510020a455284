/**
 * Path of one event from the page to the host.
 *
 * Owns decoding, events in flight, what a message from our own number is. Does not own the outcome
 * of an event (../event-taker.ts), its order and its next offer (deliveries.ts in the child).
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '#machines/clock.ts';
import { EventTaker, NotSupported } from '../event-taker.ts';
import type { ChannelEvent, CountIgnored, Intake, KeepDeadLetter } from '../inbound.ts';
import type { ChannelLog } from '../log.ts';
import { type Decoded, decodePageEvent, type Place, providerIdOf } from './decode.ts';
import type { OwnMessages } from './own-messages.ts';
import type { Progress } from './progress.ts';
import type { Outcome } from './protocol.ts';

/** Pairs of ids that the host knows. One more is told once again, which changes nothing. */
const REMEMBERED_MOVES = 10_000;

export interface InboxOptions {
  readonly clock: Clock;
  readonly log: ChannelLog;
  readonly deadLetter: KeepDeadLetter;
  readonly ignored: CountIgnored;
  readonly own: OwnMessages;
  readonly progress: Progress;
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #taker: EventTaker;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #moved = new LRUCache<string, true>({ max: REMEMBERED_MOVES });
  #intake: Intake | undefined;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#taker = new EventTaker({ ...options, channel: 'whatsapp-web' });
  }

  begin(intake: Intake): void {
    this.#intake = intake;
  }

  /** From now on every event is offered again later. Resolves when those in flight are settled. */
  async end(): Promise<void> {
    this.#intake = undefined;
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  /** Never rejects. */
  offer(raw: unknown, place: Place): Promise<Outcome> {
    const outcome = this.#take(raw, place);
    this.#inFlight.add(outcome);
    return outcome.finally(() => this.#inFlight.delete(outcome));
  }

  async #take(raw: unknown, place: Place): Promise<Outcome> {
    const { progress } = this.#options;
    const intake = this.#intake;
    const providerId = providerIdOf(raw);
    progress.offered(providerId);
    if (intake === undefined) return 'again';
    const received = { account: place.account, providerId, content: raw };
    const outcome = await this.#taker.take(received, async () => await this.#pass(raw, place, providerId, intake));
    if (outcome === 'again') return 'again';
    progress.settled(providerId);
    return outcome === 'dead letter' ? 'refused' : 'taken';
  }

  async #pass(raw: unknown, place: Place, providerId: string, intake: Intake): Promise<'taken' | 'ignored'> {
    const { clock } = this.#options;
    const decoded = decodePageEvent(raw, place, clock.now());
    if ('kept' in decoded) throw new NotSupported(decoded.kind, decoded.kept);
    if ('ignored' in decoded) return this.#ignore(decoded.kind, decoded.ignored, providerId);
    if ('ack' in decoded) return await this.#report(decoded.ack, intake);
    if ('ours' in decoded) return await this.#echo(decoded, intake);
    await this.#move(decoded.moved, intake);
    await intake(decoded.event);
    return 'taken';
  }

  async #echo(
    { ours, moved, missed, fromPhone }: Extract<Decoded, { readonly ours: unknown }>,
    intake: Intake,
  ): Promise<'taken' | 'ignored'> {
    if (await this.#options.own.isOurs(ours.id, ours.text, fromPhone)) return 'taken';
    // Which messages this program sent before a crash is not known for sure. Those of a phone it
    // did not send.
    if (missed && !fromPhone) return this.#ignore('echo.missed', 'a message that no phone sent, from before the start', ours.id);
    await this.#move(moved, intake);
    await intake(ours);
    return 'taken';
  }

  async #report({ ref, status }: Extract<Decoded, { readonly ack: unknown }>['ack'], intake: Intake): Promise<'taken' | 'ignored'> {
    const { own, clock } = this.#options;
    const message = await own.find(ref);
    if (message === undefined) return this.#ignore('ack.not_ours', 'this program did not send the message', ref);
    const failed = status === 'failed';
    if (!message.last && !failed) return this.#ignore('ack.part', 'the last part of the message decides', ref);
    const failure = failed ? { failure: { code: 'whatsapp_error', reason: 'WhatsApp reported an error for the message' } } : {};
    await intake({ type: 'status', id: `${ref}:${status}`, at: clock.now(), statusKey: message.statusKey, status, ref, ...failure });
    return 'taken';
  }

  async #move(moved: ChannelEvent | undefined, intake: Intake): Promise<void> {
    if (moved?.type !== 'moved' || this.#moved.has(moved.id)) return;
    await intake(moved);
    this.#moved.set(moved.id, true);
  }

  #ignore(kind: string, reason: string, providerId: string): 'ignored' {
    this.#options.ignored({ kind, reason, providerId });
    return 'ignored';
  }
}
