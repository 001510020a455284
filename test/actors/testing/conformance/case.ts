import type { AnyStateMachine } from 'xstate';
import type { ScriptStep, TraceEntry } from '#actors/testing/run-durably.ts';

export interface Case {
  readonly machine: () => AnyStateMachine;
  readonly script: readonly ScriptStep[];
  readonly input?: unknown;
  /** Result of `createActor`, so that a case that does nothing fails. */
  readonly shows: (context: unknown, trace: readonly TraceEntry[]) => boolean;
}

export const send = (type: string, more: object = {}): ScriptStep => ({ send: { type, ...more } });
export const advance = (ms: number): ScriptStep => ({ advance: ms });

export interface Heard {
  readonly heard: readonly string[];
}

export const types = { context: {} as Heard, events: {} as { readonly type: string; readonly [key: string]: unknown } };

/** For `assign`. Records the received event with its output or error. */
export function hear({ context, event }: { context: Heard; event: { type: string } }): Heard {
  const error: unknown = Reflect.get(event, 'error');
  const output: unknown = Reflect.get(event, 'output');
  const more = error === undefined ? JSON.stringify(output) : error instanceof Error ? error.message : String(error);
  return { heard: [...context.heard, more === undefined ? event.type : `${event.type} ${more}`] };
}

/** True if the machine has received exactly these. */
export const heard =
  (...expected: readonly string[]) =>
  (context: unknown): boolean =>
    JSON.stringify(Reflect.get(Object(context), 'heard')) === JSON.stringify(expected);
