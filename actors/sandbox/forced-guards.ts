/**
 * A machine whose named guards can be given an outcome. The machine itself stays as it is. Inline
 * guards have no name, so they always run.
 */
import type { AnyStateMachine } from 'xstate';

export interface GuardedMachine {
  readonly machine: AnyStateMachine;
  /** Names of the guards that can be forced, in their order. */
  readonly guards: readonly string[];
}

/** `outcomeOf` is called with the name of a guard each time that the machine asks for it. */
export function withForcedGuards(machine: AnyStateMachine, outcomeOf: (guard: string) => boolean | undefined): GuardedMachine {
  const named = Object.entries(machine.implementations.guards).flatMap(([name, guard]) => {
    // What XState's own creators make (`and`, `not`) is evaluated from its parts.
    if (typeof guard !== 'function' || 'check' in guard) return [];
    return [[name, (...given: Parameters<typeof guard>) => outcomeOf(name) ?? guard(...given)] as const];
  });
  return { machine: machine.provide({ guards: Object.fromEntries(named) }), guards: named.map(([name]) => name).sort() };
}
