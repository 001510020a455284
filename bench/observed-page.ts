/** What Chromium says of how a page answers, for benchmarks of pages. */
import * as z from 'zod';

export const observed = z.object({
  longTasks: z.array(z.number()),
  frames: z.array(z.number()),
  inputs: z.array(z.number()),
  painted: z.array(z.number()),
});

/** Milliseconds. Runs in the page, from before its own scripts on. */
export function observe(): void {
  const seen: z.infer<typeof observed> = { longTasks: [], frames: [], inputs: [], painted: [] };
  Object.assign(globalThis, { observed: seen });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  // What the browser knows is more than what the types do.
  const keys: PerformanceObserverInit & { readonly durationThreshold: number } = { type: 'event', durationThreshold: 16, buffered: true };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!(entry instanceof PerformanceEventTiming) || entry.name !== 'keydown') continue;
      seen.inputs.push(entry.processingStart - entry.startTime);
      seen.painted.push(entry.duration);
    }
  }).observe(keys);
  let last = performance.now();
  const frame = (): void => {
    const now = performance.now();
    seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
