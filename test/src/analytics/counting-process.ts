/** Counts a database for analytics, and says so after each step. A program that a test kills. */

import { systemClock } from '#actors/contract/system-clock.ts';
import { pause } from '#actors/contract/waiting.ts';
import { always } from '#channels/plugin.ts';
import { ALWAYS_OPEN, BusinessHours } from '#machines/handoff/business-hours.ts';
import { NO_QUEUES, queuesOf } from '#machines/handoff/queues.ts';
import { inTimeBy } from '#src/analytics/in-time.ts';
import { RollUp } from '#src/analytics/roll-up.ts';
import { customerKeyBy } from '#src/operations/customer-key.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';

const [, , connectionString = ''] = process.argv;
const { rollups, close } = createPostgresStore({ connectionString });
const rollUp = new RollUp({
  rollups,
  inTime: inTimeBy(queuesOf(NO_QUEUES), () => new BusinessHours(ALWAYS_OPEN)),
  customerKey: customerKeyBy('secret'),
  clock: systemClock,
  // None, so that two processes count at once, as when a lease has run out unnoticed.
  lease: always,
  onError: (error) => console.error(error),
  batch: 2,
});
let steps = 0;
const { signal } = new AbortController();
/** The pause that the program makes too. */
const said = (ms: number): Promise<void> => {
  console.log(`step ${++steps}`);
  return pause(systemClock, ms, signal);
};
do {
  // It also ends when the other process was faster with a batch.
  await rollUp.round(signal, said);
  await rollUp.condense(signal, said);
} while (!(await rollups.rollupProgress()).complete || (await rollups.rollupMarks(1)).length > 0);
console.log('done');
await close();
