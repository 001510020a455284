/**
 * Plan of faults and their order. Owns the seeded randomness. The same seed gives the same plan.
 * The exact moment at which a fault hits the program depends on the machine.
 */
import { CRASH_POINTS, type CrashPoint } from '#actors/contract/crash-points.ts';

/** Numbers from a seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 ≤ x < 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    return items.map(() => left.splice(Math.floor(this.next() * left.length), 1)[0] as T);
  }

  /**
   * Separate dice for a part, so that parts that run at once do not disturb each other's numbers.
   */
  fork(): Dice {
    return new Dice(Math.floor(this.next() * 2 ** 32));
  }
}

/** How one app process ends. */
export type AppFault =
  /** At the `occurrence`-th passing of a named point. */
  | { readonly kind: 'point'; readonly point: CrashPoint; readonly occurrence: number }
  /** So many milliseconds after the order to start, when it may not even have started. */
  | { readonly kind: 'moment'; readonly afterMs: number };

export interface Fault {
  readonly app: AppFault;
  /**
   * PostgreSQL is killed too, either with the app, so that the next one starts without it, or while
   * the app is at work.
   */
  readonly postgres?: 'with the app' | { readonly afterMs: number };
}

/**
 * Every named point comes equally often. A third of the faults come at random moments. PostgreSQL
 * dies in one of twelve.
 */
export function planFaults(dice: Dice, count: number): readonly Fault[] {
  const points: CrashPoint[] = [];
  return Array.from({ length: count }, (_, index): Fault => {
    if (points.length === 0) points.push(...dice.shuffled(CRASH_POINTS));
    const app: AppFault =
      index % 3 === 2
        ? { kind: 'moment', afterMs: dice.int(50, 1_500) }
        : { kind: 'point', point: points.pop() ?? 'before commit', occurrence: dice.int(1, 3) };
    if (!dice.chance(1 / 12)) return { app };
    return { app, postgres: dice.chance(0.5) ? 'with the app' : { afterMs: dice.int(200, 1_500) } };
  });
}
