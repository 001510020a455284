import type { Clock } from '#machines/clock.ts';

/** Node fires a longer timeout at once. A caller that waits longer than this has to wait again. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const handle = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_TIMEOUT));
    handle.unref();
    return () => clearTimeout(handle);
  },
};
