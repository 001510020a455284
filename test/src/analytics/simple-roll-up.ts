/** Counting for analytics as in the program, without queues and beside no other instance. */
import { always } from '#channels/plugin.ts';
import { ALWAYS_OPEN, BusinessHours } from '#machines/handoff/business-hours.ts';
import { NO_QUEUES, queuesOf } from '#machines/handoff/queues.ts';
import { inTimeBy } from '#src/analytics/in-time.ts';
import { RollUp, type RollUpOptions } from '#src/analytics/roll-up.ts';
import { customerKeyBy } from '#src/operations/customer-key.ts';

export function simpleRollUp(options: Pick<RollUpOptions, 'rollups'> & Partial<RollUpOptions>): RollUp {
  return new RollUp({
    inTime: inTimeBy(queuesOf(NO_QUEUES), () => new BusinessHours(ALWAYS_OPEN)),
    customerKey: customerKeyBy('secret'),
    clock: { now: Date.now, after: () => () => {} },
    lease: always,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
}

/** Counts until nothing is left. Resolves to the number of batches. */
export async function countAll(rollUp: Pick<RollUp, 'count'>): Promise<number> {
  let batches = 0;
  while (await rollUp.count()) batches += 1;
  return batches;
}
