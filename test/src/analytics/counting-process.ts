/** Counts a database for analytics, and says so after each step. A program that a test kills. */
import { systemClock } from '#actors/contract/system-clock.ts';
import { pause } from '#actors/contract/waiting.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { simpleRollUp } from './simple-roll-up.ts';

const [, , connectionString = ''] = process.argv;
const { rollups, close } = createPostgresStore({ connectionString });
// Without a lease, so that two processes count at once, as when one has run out unnoticed.
const rollUp = simpleRollUp({ rollups, clock: systemClock, onError: (error) => console.error(error), batch: 2 });
let steps = 0;
const { signal } = new AbortController();
for (;;) {
  const began = performance.now();
  if (await rollUp.step()) {
    console.log(`step ${++steps}`);
    await pause(systemClock, performance.now() - began, signal);
    // Otherwise there was nothing left, or the other process was faster.
  } else if ((await rollups.rollupProgress()).complete && (await rollups.rollupMarks(1)).length === 0) break;
}
console.log('done');
await close();
