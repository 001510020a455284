/** What XState keeps on its built-in actions, and on those that it has resolved. */
import type { AnyActorScope, EventObject } from 'xstate';

export type ExecutableAction = Parameters<AnyActorScope['actionExecutor']>[0];

/**
 * What an executed `raise` or `sendTo` delays, and by how much. XState resolved both. Any other
 * built-in action has no delay.
 */
export function delayedPart({ params }: ExecutableAction): { readonly event?: EventObject; readonly delay?: unknown } {
  return params ?? {};
}

/** What an action creator of XState keeps on the function that it returns. */
export interface BuiltInAction {
  readonly type: string;
  readonly to?: unknown;
  readonly id?: unknown;
  readonly src?: unknown;
  readonly delay?: unknown;
}

/** The name under which `sendParent` keeps its target. */
export const TO_PARENT = '#_parent';

/**
 * Undefined for an action function that is no built-in one. Without it, no machine could be
 * validated before it runs.
 */
export function builtInAction(action: object): BuiltInAction | undefined {
  return 'resolve' in action ? (action as object as BuiltInAction) : undefined;
}
