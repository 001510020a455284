/**
 * Clock that runs `speed` times as fast since `start`. It shows the same time in every process with
 * the same two numbers.
 */

import { systemClock } from '#actors/contract/system-clock.ts';
import type { Clock } from '#machines/clock.ts';

export function fastClock(start: number, speed: number): Clock {
  return {
    now: () => start + (Date.now() - start) * speed,
    after: (ms, callback) => systemClock.after(ms / speed, callback),
  };
}
