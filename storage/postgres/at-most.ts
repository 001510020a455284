/**
 * Runs at most `count` calls at a time, and the others in the order in which they came. A call that
 * fails lets the next one begin, too.
 */
export function atMost(count: number): <T>(call: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (call) => {
    if (running === count) await new Promise<void>((begin) => waiting.push(begin));
    else running++;
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
