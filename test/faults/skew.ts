/**
 * Loaded before a program (`node --import`), this makes its machine's clock wrong by `CLOCK_SKEW_MS`: whatever reads the time of
 * day there reads another one. Waiting takes as long as ever, as it does on a machine whose clock is wrong.
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
