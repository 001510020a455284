/** Kinds of actor logic, which XState does not mark, and the names of inline logic. */
import {
  type AnyActorLogic,
  type AnyStateMachine,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  StateMachine,
} from 'xstate';

/**
 * Was this machine made by another copy of xstate? Its classes are others, so its machines are none
 * for this copy, and their snapshots and actors must not be mixed.
 */
export function isMachineOfAnotherCopy(logic: AnyActorLogic): boolean {
  return !(logic instanceof StateMachine) && 'implementations' in logic && 'root' in logic;
}

/** XState keeps no mark on its kinds of actor logic, so they are distinguished by their code. */
const PROMISE = fromPromise(async () => {}).transition.toString();
const subscribable = () => ({ subscribe: () => ({ unsubscribe: () => {} }) });
export const RUN_OUTSIDE: ReadonlySet<string> = new Set([
  PROMISE,
  fromCallback(() => {}).transition.toString(),
  fromObservable(subscribable).transition.toString(),
  fromEventObservable(subscribable).transition.toString(),
]);

/**
 * Does the host know what kind of logic this is? Logic without `start` is pure and runs in the
 * session. For logic that is no machine.
 */
export function isKnownLogic(logic: AnyActorLogic): boolean {
  return logic.start === undefined || RUN_OUTSIDE.has(logic.transition.toString());
}

export function isPromiseLogic(logic: AnyActorLogic): boolean {
  return logic.transition.toString() === PROMISE;
}

/**
 * True if the code behind this logic may send something before its start, or the receipt of an
 * event, returns. Callbacks and observables may. So may a promise whose creator can throw. An async
 * function cannot, because everything it sends comes later. XState keeps the creator in `config`.
 */
export function mayAnswerAtOnce(logic: AnyActorLogic): boolean {
  if (!isPromiseLogic(logic)) return true;
  return Object.prototype.toString.call((logic as { readonly config?: unknown }).config) !== '[object AsyncFunction]';
}

/**
 * The logic behind `src`, the name of an invocation or spawned child. XState calls inline logic
 * `xstate.invoke.{index}.{state node id}`. Without that rule, inline logic could not be found after
 * a restart.
 */
export function logicNamed(machine: AnyStateMachine, src: string): AnyActorLogic | undefined {
  const named = machine.implementations.actors[src] as AnyActorLogic | undefined;
  const inline = /^xstate\.invoke\.(\d+)\.(.*)$/.exec(src);
  if (named || !inline) return named;
  const invoke: unknown = machine.getStateNodeById(String(inline[2])).config.invoke;
  const config: unknown = Array.isArray(invoke) ? invoke[Number(inline[1])] : invoke;
  const logic = typeof config === 'object' && config !== null && 'src' in config ? config.src : undefined;
  return typeof logic === 'object' && logic !== null ? (logic as AnyActorLogic) : undefined;
}
