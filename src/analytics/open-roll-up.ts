/** Opens the counting over the parts of an instance. */
import type { LeaderLease } from '#channels/plugin.ts';
import type { Clock } from '#machines/clock.ts';
import type { BusinessHours } from '#machines/handoff/business-hours.ts';
import type { Queue, Queues } from '#machines/handoff/queues.ts';
import type { Store } from '#storage/port.ts';
import type { Rollups } from '#storage/rollups.ts';
import { customerKeyOf } from '../operations/customer-key.ts';
import { inTimeBy } from './in-time.ts';
import { RollUp } from './roll-up.ts';

export interface RollUpParts {
  readonly store: Pick<Store, 'setting'>;
  readonly rollups: Rollups;
  readonly clock: Clock;
  readonly handoff: { readonly terms: { readonly queues: Queues }; readonly hoursOf: (queue: Queue) => BusinessHours };
  readonly lease: LeaderLease;
  readonly onError: (where: string, error: unknown) => void;
}

export async function openRollUp({ store, rollups, clock, handoff, lease, onError }: RollUpParts): Promise<RollUp> {
  return new RollUp({
    ...{ rollups, customerKey: await customerKeyOf(store), clock, lease },
    inTime: inTimeBy(handoff.terms.queues, handoff.hoursOf),
    onError: (error) => onError('analytics', error),
  });
}
