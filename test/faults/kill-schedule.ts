/**
 * Schedule of kills of processes, PostgreSQL among them, at every named crash point and at random
 * moments.
 */
import { type Dice, planFaults } from '#test/faults/plan.ts';
import type { FaultSchedule } from '#test/faults/round.ts';

export interface KillScheduleOptions {
  /** App processes to kill. Kills of PostgreSQL come on top. */
  readonly faults: number;
  /** No further faults after this time, in milliseconds since the epoch. */
  readonly until?: number;
}

/** All instances take their faults from one list. */
export function killSchedule({ faults, until = Number.POSITIVE_INFINITY }: KillScheduleOptions): FaultSchedule {
  return async ({ instances }, dice: Dice) => {
    const plan = [...planFaults(dice, faults)];
    const next = () => (Date.now() < until ? plan.shift() : undefined);
    await Promise.all(instances.map(({ supervisor }) => supervisor.suffer(next)));
  };
}
