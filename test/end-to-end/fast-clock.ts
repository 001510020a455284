/** Time that goes by `speed` times as fast since `start`: the same in every process that is told the same two numbers. */
import type { Clock } from '#channels/clock.ts';
import { systemClock } from '#channels/clock.ts';

export function fastClock(start: number, speed: number): Clock {
  return {
    now: () => start + (Date.now() - start) * speed,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}
