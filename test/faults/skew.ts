/**
 * Loaded before a program (`node --import`), this makes its machine's clock wrong by
 * `CLOCK_SKEW_MS`. Each read of the time of day in that program returns the wrong time. Waits take
 * as long as ever, as they do on a machine whose clock is wrong.
 */
const shift = Number(process.env.CLOCK_SKEW_MS ?? 0);
const RealDate = Date;
const now = (): number => RealDate.now() + shift;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
const { timeOrigin } = performance;
Object.defineProperty(performance, 'timeOrigin', { value: timeOrigin + shift });
