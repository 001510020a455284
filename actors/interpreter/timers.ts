/**
 * The timers of one session. They are delayed events as data, behind the scheduler that XState's
 * actors call.
 *
 * Owns XState's semantics of send ids (what `cancel` finds), and the order in which due timers
 * fire.
 * Does not own what firing does (actor-tree.ts), or waking the session in time (timer-service.ts).
 *
 * Invariants. A timer's serial is its token. A timer that was taken or cancelled never comes back.
 * A send id names at most one timer that `cancel` can find.
 */
import type { AnyActorRef, EventObject } from 'xstate';
import type { MachineEvent } from '#machines/definition.ts';
import { eventToJson, HostRefusal } from './serialize.ts';

/** The last moment that a date can hold, in milliseconds since the epoch. */
export const END_OF_TIME = 8.64e15;

/** A delayed event, kept with the snapshot. `serial` is its token. */
export interface Timer {
  readonly serial: number;
  /** XState's send id, which `cancel` names. */
  readonly id: string;
  /** Serials of the actors that it comes from and goes to. */
  readonly source: number;
  readonly target: number;
  readonly event: MachineEvent;
  /** Milliseconds since the epoch. */
  readonly due: number;
  /** False once a later timer took over its id. `cancel` no longer finds it, as in XState. */
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
  /** A timer was armed or cancelled since the firing loop last sorted them. */
  #changed = false;

  constructor(options: SessionTimersOptions) {
    this.#options = options;
    this.#timers = new Map(options.stored.map((timer) => [timer.serial, timer]));
  }

  /** In their stored form. */
  persist(): readonly Timer[] {
    return [...this.#timers.values()];
  }

  /** In the order in which they fire. */
  inOrder(): readonly Timer[] {
    return this.persist().toSorted((a, b) => a.due - b.due || a.serial - b.serial);
  }

  /**
   * The earliest due time in whole milliseconds, which stores keep. Never later than it is. Null if
   * there is no timer.
   */
  earliestDue(): number | null {
    let earliest: number | null = null;
    for (const { due } of this.#timers.values()) if (earliest === null || due < earliest) earliest = due;
    return earliest === null ? null : Math.floor(earliest);
  }

  /**
   * Throws `HostRefusal` for the delay of an event that could not be kept. XState sends an event
   * whose delay is no number at once, which no machine means. One without a delay has `undefined`.
   */
  checkDelay(event: EventObject | undefined, delay: unknown): void {
    if (delay === undefined) return;
    const what = `the delay of "${String(event?.type)}"`;
    if (typeof delay !== 'number') throw new HostRefusal(`${what} is of type ${typeof delay}: give a number of milliseconds`);
    if (!Number.isFinite(delay)) throw new HostRefusal(`${what} is ${delay}: give a number of milliseconds, or leave the timer out`);
    if (Math.abs(this.#options.now() + delay) > END_OF_TIME)
      throw new HostRefusal(`${what} is ${delay} ms, which ends beyond the year 275760: give a shorter one, or leave the timer out`);
  }

  /** `delay` is in milliseconds. A later timer of the same actor takes over the id. */
  schedule(source: AnyActorRef, target: AnyActorRef, event: EventObject, delay: number, id: string | undefined): void {
    const { takeSerial, serialOf, now } = this.#options;
    if (id !== undefined && typeof id !== 'string') throw new HostRefusal(`the id of the delayed event "${event.type}" is not a text`);
    const serial = takeSerial();
    const sourceSerial = serialOf(source);
    const key = id ?? `send.${serial}`;
    this.#disown(sourceSerial, key);
    this.#timers.set(serial, {
      serial,
      id: key,
      source: sourceSerial,
      target: serialOf(target),
      event: eventToJson(event, 'delayed event', 'mark'),
      due: now() + delay,
      cancellable: true,
    });
    this.#changed = true;
  }

  /**
   * An id that a machine's function returned may be undefined. As in XState, no timer has that id.
   */
  cancel(source: AnyActorRef, id: string | undefined): void {
    this.#cancel(source, (timer) => timer.id === id);
  }

  cancelAll(source: AnyActorRef): void {
    this.#cancel(source, () => true);
  }

  /**
   * Takes a timer out to be fired. As in XState, an earlier timer with its id can't be cancelled
   * any more.
   */
  take(serial: number): Timer | undefined {
    const taken = this.#timers.get(serial);
    if (!taken) return undefined;
    this.#timers.delete(serial);
    this.#disown(taken.source, taken.id);
    return taken;
  }

  /**
   * Passes each timer that is due at `now` to `fire`, in order. It is one pass, as in
   * SimulatedClock. A timer that a firing arms for this very moment waits for the next pass, unless
   * a firing changed the order of the timers after it. `fire` returns false to break off.
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

  #cancel(source: AnyActorRef, matches: (timer: Timer) => boolean): void {
    const sourceSerial = this.#options.serialOf(source);
    this.#changed = true;
    for (const timer of this.#timers.values()) {
      if (timer.source === sourceSerial && timer.cancellable && matches(timer)) this.#timers.delete(timer.serial);
    }
  }

  /** Timers that had this id until now still fire, but `cancel` no longer finds them. */
  #disown(source: number, id: string): void {
    for (const timer of this.#timers.values()) {
      // A new object, because a turn that is taken back starts again with the old one.
      if (timer.source === source && timer.id === id) this.#timers.set(timer.serial, { ...timer, cancellable: false });
    }
  }
}
