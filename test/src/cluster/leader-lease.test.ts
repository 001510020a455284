import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { leaderLease, leaderLeasesOf } from '#src/cluster/leader-lease.ts';
import { createLog } from '#src/telemetry/log.ts';

const LEASE_MS = 300;
const leaving: (() => Promise<void>)[] = [];
// Leases and renewals follow a clock that the test moves on, also with each check of `vi.waitFor`.
// A machine that stands still for a moment loses no lease.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(async () => {
  await Promise.all(leaving.splice(0).map((leave) => leave()));
  vi.useRealTimers();
});

/** A lease as a store would keep it, on this process's own clock. */
function leases() {
  const asked: string[] = [];
  let holder: { readonly owner: string; readonly until: number } | undefined;
  return {
    away: false,
    /** Who asked for the lease or renewed it, in order. */
    asked,
    async lease(owner: string, ms: number): Promise<boolean> {
      this.asked.push(owner);
      if (this.away) throw new Error('away');
      if (holder !== undefined && holder.owner !== owner && holder.until > performance.now()) return false;
      holder = ms === 0 ? undefined : { owner, until: performance.now() + ms };
      return true;
    },
  };
}

function instance(store: ReturnType<typeof leases>, owner: string) {
  const changes: boolean[] = [];
  const errors: unknown[] = [];
  const leave = new AbortController();
  const seen = { changes, errors, working: 0, stop: () => leave.abort() };
  const work = async (signal: AbortSignal): Promise<void> => {
    seen.working += 1;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    seen.working -= 1;
  };
  const ended = leaderLease({
    lease: (ms) => store.lease(owner, ms),
    leaseMs: LEASE_MS,
    onChange: (mine) => changes.push(mine),
    onError: (error) => errors.push(error),
  })(work, leave.signal);
  leaving.push(async () => {
    leave.abort();
    await ended;
  });
  return seen;
}

test('one works, the other waits, and goes on when the first ends', async () => {
  const store = leases();
  const one = instance(store, 'one');
  await vi.waitFor(() => expect(one.working).toBe(1));
  const two = instance(store, 'two');
  // The lease was renewed. A single one would have run out by then.
  const later = performance.now() + 2 * LEASE_MS;
  await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(later));
  const before = store.asked.length;
  await vi.waitFor(() => expect(store.asked.slice(before)).toContain('two'));
  expect([one.working, two.working]).toEqual([1, 0]);
  one.stop();
  await vi.waitFor(() => expect(two.working).toBe(1));
  expect(one.working).toBe(0);
  expect(one.changes).toEqual([true, false]);
});

test('while the store cannot be asked, the work is told to end before another instance could begin it', async () => {
  const store = leases();
  const one = instance(store, 'one');
  await vi.waitFor(() => expect(one.working).toBe(1));
  store.away = true;
  await vi.waitFor(() => expect(one.changes).toEqual([true, false]));
  expect(one.errors.length).toBeGreaterThan(0);
  store.away = false;
  const two = instance(store, 'two');
  await vi.waitFor(() => expect(one.working + two.working).toBe(1));
});

test.each([true, false])('an instance that is alone on its store takes no lease (%s)', async (alone) => {
  const store = leases();
  const log = createLog({ level: 'silent' });
  const archive = { lease: (_name: string, owner: string, now: number, until: number) => store.lease(owner, until - now) };
  const lease = leaderLeasesOf({ archive, owner: 'one', now: () => 0, leaseMs: LEASE_MS, alone })('work', log, 'works');
  const leave = new AbortController();
  await lease(async () => leave.abort(), leave.signal);
  expect(store.asked.length > 0).toBe(!alone);
});
