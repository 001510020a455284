/** Tells XState's kinds of actor logic apart, by their code: XState itself keeps no mark on them. */
import { type AnyActorLogic, fromPromise } from 'xstate';

const PROMISE = fromPromise(async () => {}).transition.toString();

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
