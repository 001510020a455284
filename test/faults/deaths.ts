/** Weather of one kind: processes die, at every named point and at random moments, PostgreSQL among them. */
import { type Dice, planFaults } from '#test/faults/plan.ts';
import type { Weather } from '#test/faults/storm.ts';

export interface DeathsOptions {
  /** App processes to kill. Kills of PostgreSQL come on top. */
  readonly faults: number;
  /** No further faults after this time, in milliseconds since the epoch. */
  readonly until?: number;
}

/** All instances take from one list of faults. */
export function deaths({ faults, until = Number.POSITIVE_INFINITY }: DeathsOptions): Weather {
  return async ({ instances }, dice: Dice) => {
    const plan = [...planFaults(dice, faults)];
    const next = () => (Date.now() < until ? plan.shift() : undefined);
    await Promise.all(instances.map(({ keeper }) => keeper.suffer(next)));
  };
}
