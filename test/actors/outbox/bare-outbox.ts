import type { EffectContext } from '#actors/contract/api.ts';
import { noCrash } from '#actors/contract/crash-points.ts';
import { noMetrics } from '#actors/contract/metrics.ts';
import { Outbox } from '#actors/outbox/outbox.ts';
import type { WorkLease } from '#actors/outbox/work-handlers.ts';
import type { Store } from '#storage/port.ts';
import { NOW } from '#test/contracts/store-fixtures.ts';

export const LEASE_MS = 1_000;

/**
 * An outbox with nothing around it, whose clock is moved by hand and whose pauses are no longer
 * than a round of the event loop.
 */
export function outboxOn(
  store: Store,
  behave: (serial: number, context: EffectContext) => Promise<void> = async () => {},
  start = async (_: WorkLease) => {},
  owner = 'me',
) {
  const time = { now: NOW };
  const done: number[] = [];
  const outbox = new Outbox({
    store,
    clock: {
      now: () => time.now,
      after: (_ms, ring) => {
        const soon = setImmediate(ring);
        return () => clearImmediate(soon);
      },
    },
    owner,
    leaseMs: LEASE_MS,
    sweepMs: 100,
    maxLeases: 100,
    crash: noCrash,
    metrics: noMetrics,
    onError: () => {},
    effects: {
      inTrace: (_item, work) => work(),
      attempts: () => 1,
      perform: async ({ serial }, context) => {
        await behave(serial, context);
        done.push(serial);
        return undefined;
      },
      failed: async () => true,
      delivered: () => {},
    },
    invocations: { start: (_item, _fresh, lease) => start(lease).then(() => true), listen: async () => {}, stop: () => {} },
    released: () => {},
  });
  return { outbox, done, time };
}
