/** Leases are renewed in time, also when the first renewal was lost. */
import { expect, test } from 'vitest';
import { nextRound } from '#actors/contract/waiting.ts';
import type { Clock } from '#machines/clock.ts';
import { Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';

const LEASE_MS = 9_000;

/** Time that the test moves in steps. */
function steppedClock(): Clock & { readonly step: (ms: number) => Promise<void> } {
  let time = 0;
  const rings = new Set<{ readonly at: number; readonly ring: () => void }>();
  return {
    now: () => time,
    after: (ms, ring) => {
      const set = { at: time + ms, ring };
      rings.add(set);
      return () => rings.delete(set);
    },
    step: async (ms) => {
      time += ms;
      for (const due of [...rings].filter(({ at }) => at <= time)) {
        rings.delete(due);
        due.ring();
      }
      // What that set off may set a timer of its own.
      for (let round = 0; round < 5; round += 1) await nextRound();
    },
  };
}

test('G4: a heartbeat that failed is sent again before the next one is due', async () => {
  const { store } = createMemoryStore();
  const clock = steppedClock();
  const heldUp = Promise.withResolvers<void>();
  const { effect, said } = sayEffect(() => heldUp.promise);
  const asked: number[] = [];
  const runtime = countingRuntime(
    {
      ...store,
      renewWork: async (...given) => {
        asked.push(clock.now());
        if (asked.length === 1) throw new Unavailable('its connection was dead');
        return store.renewWork(...given);
      },
    },
    effect,
    { clock, leaseMs: LEASE_MS },
  );
  runtime.start();
  await runtime.deliver({ address: freshAddress(), assistant: 'counter' }, { type: 'say', text: 'a' } as { type: string });
  const from = clock.now();
  for (let passed = 0; passed < LEASE_MS; passed += 100) await clock.step(100);
  expect(asked.map((at) => at - from).slice(0, 3)).toEqual([3_000, 3_300, 6_300]);
  heldUp.resolve();
  await expect.poll(() => said.length).toBe(1);
  await runtime.drain(0);
});
