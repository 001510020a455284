/**
 * The timers of one session: delayed events as data, behind the scheduler that XState's actors call.
 *
 * Owns: XState's semantics of send ids (what `cancel` finds), and the order in which timers that are due fire.
 * Does not own: what firing does (hosted-actor.ts), or waking the session in time (timer-service.ts).
 *
 * Invariants: a timer's serial is its token: taken or cancelled, it is gone for good. A send id names at most one timer
 * that `cancel` can find.
 */
import type { AnyActorRef, EventObject } from 'xstate';
import type { MachineEvent } from '#machines/definition.ts';
import { toJson } from './serialize.ts';

/** A delayed event, kept with the snapshot. `serial` is its token. */
export interface Timer {
  readonly serial: number;
  /** XState's send id: what `cancel` names. */
  readonly id: string;
  /** Serials of the actors that it comes from and goes to. */
  readonly source: number;
  readonly target: number;
  readonly event: MachineEvent;
  /** Milliseconds since the epoch. */
  readonly due: number;
  /** False once a later timer took its id over: `cancel` no longer finds it, as in XState. */
  readonly cancellable: boolean;
}

export interface SessionTimersOptions {
  readonly stored: readonly Timer[];
  readonly now: () => number;
  readonly takeSerial: () => number;
  readonly serialOf: (actor: AnyActorRef) => number;
}

export class Timers {
  readonly #options: SessionTimersOptions;
  readonly #timers: Map<number, Timer>;
  /** A timer was armed or cancelled since the firing loop last looked. */
  #changed = false;

  constructor(options: SessionTimersOptions) {
    this.#options = options;
    this.#timers = new Map(options.stored.map((timer) => [timer.serial, timer]));
  }

  /** As they are to be stored. */
  persist(): readonly Timer[] {
    return [...this.#timers.values()];
  }

  /** In the order in which they fire. */
  inOrder(): readonly Timer[] {
    return this.persist().toSorted((a, b) => a.due - b.due || a.serial - b.serial);
  }

  /** The earliest due time; null if there is no timer. */
  earliestDue(): number | null {
    let earliest: number | null = null;
    for (const { due } of this.#timers.values()) if (earliest === null || due < earliest) earliest = due;
    return earliest;
  }

  /** `delay` is in milliseconds. A later timer of the same actor takes the id over. */
  schedule(source: AnyActorRef, target: AnyActorRef, event: EventObject, delay: number, id: string | undefined): void {
    const { takeSerial, serialOf, now } = this.#options;
    const serial = takeSerial();
    const sourceSerial = serialOf(source);
    const key = id ?? `send.${serial}`;
    this.#disown(sourceSerial, key);
    this.#timers.set(serial, {
      serial,
      id: key,
      source: sourceSerial,
      target: serialOf(target),
      event: toJson(event, `delayed event "${event.type}"`, 'mark') as MachineEvent,
      due: now() + delay,
      cancellable: true,
    });
    this.#changed = true;
  }

  /** An id that a machine's function gave may be undefined: as in XState, that is no timer's id. */
  cancel(source: AnyActorRef, id: string | undefined): void {
    this.#cancel(source, (timer) => timer.id === id);
  }

  cancelAll(source: AnyActorRef): void {
    this.#cancel(source, () => true);
  }

  /** Takes a timer out to be fired. Like XState, it also frees the id from an earlier one's hold. */
  take(serial: number): Timer | undefined {
    const taken = this.#timers.get(serial);
    if (!taken) return undefined;
    this.#timers.delete(serial);
    this.#disown(taken.source, taken.id);
    return taken;
  }

  /**
   * Hands over what is due at `now`, one timer after another, to be fired. One pass, as in SimulatedClock: timers that a
   * firing arms for this very moment wait for the next pass, unless a firing disturbed the order of those behind it.
   * `fire` returns false to break off.
   */
  fireDue(now: number, fire: (timer: Timer, isLast: boolean) => boolean): void {
    let waiting = this.inOrder();
    this.#changed = false;
    for (let index = 0; index < waiting.length; index++) {
      if (this.#changed) {
        this.#changed = false;
        waiting = this.inOrder();
        index = 0;
      }
      const timer = waiting[index];
      if (timer === undefined || timer.due > now) return;
      if (!fire(timer, index === waiting.length - 1)) return;
    }
  }

  #cancel(source: AnyActorRef, isMeant: (timer: Timer) => boolean): void {
    const sourceSerial = this.#options.serialOf(source);
    this.#changed = true;
    for (const timer of this.#timers.values()) {
      if (timer.source === sourceSerial && timer.cancellable && isMeant(timer)) this.#timers.delete(timer.serial);
    }
  }

  /** Those that had this id until now still fire, but `cancel` no longer finds them. */
  #disown(source: number, id: string): void {
    for (const timer of this.#timers.values()) {
      // A new one: the old is what a turn that is taken back begins again with.
      if (timer.source === source && timer.id === id) this.#timers.set(timer.serial, { ...timer, cancellable: false });
    }
  }
}
