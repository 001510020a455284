/** Tells XState's kinds of actor logic apart, by their code: XState itself keeps no mark on them. */
import { type AnyActorLogic, fromCallback, fromEventObservable, fromObservable, fromPromise } from 'xstate';

const PROMISE = fromPromise(async () => {}).transition.toString();

/** Logic whose code runs outside of the session. */
const RUN_OUTSIDE: ReadonlySet<string> = new Set([
  PROMISE,
  fromCallback(() => {}).transition.toString(),
  fromObservable(() => ({ subscribe: () => ({ unsubscribe: () => {} }) })).transition.toString(),
  fromEventObservable(() => ({ subscribe: () => ({ unsubscribe: () => {} }) })).transition.toString(),
]);

/** Whether the host knows what kind of logic it is: machines have been told apart before. Logic without `start` is pure, and runs in the session. */
export function isKnown(logic: AnyActorLogic): boolean {
  return logic.start === undefined || RUN_OUTSIDE.has(logic.transition.toString());
}

export function isPromise(logic: AnyActorLogic): boolean {
  return logic.transition.toString() === PROMISE;
}

/**
 * May the code behind this logic say something before its start, or the telling of something, returns? Callbacks and
 * observables may; so may a promise whose creator can throw. An async function can't: all that it says comes later.
 */
export function answersAtOnce(logic: AnyActorLogic): boolean {
  if (!isPromise(logic)) return true;
  return Object.prototype.toString.call(Reflect.get(logic, 'config')) !== '[object AsyncFunction]';
}
