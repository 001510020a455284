/** What one step of a hosted actor asks of the world, as data: nothing of it has happened when the step ends. */
import type { Json, MachineEvent } from '#machines/definition.ts';

/** A custom action that the machine asked for, with what its implementation would have been given. */
export interface RecordedAction {
  readonly serial: number;
  /** Names of the machines from the session's down to the one that asked. */
  readonly machinePath: readonly string[];
  readonly type: string;
  readonly params: Json | undefined;
  readonly implementation: ((...args: never[]) => unknown) | undefined;
  readonly context: unknown;
  readonly event: unknown;
}

/** What happened to invocations, in order. `serial` is the leaf actor's. */
export type InvocationCommand =
  | {
      readonly type: 'start';
      readonly serial: number;
      readonly id: string;
      readonly path: readonly string[];
      readonly input: Json | undefined;
    }
  | { readonly type: 'stop'; readonly serial: number }
  /** `call` numbers what running code is to answer: no two calls of a session have the same. */
  | { readonly type: 'tell'; readonly serial: number; readonly event: MachineEvent; readonly call: number };

/** Running code is to be started or told something, and the session waits for what it says to that. */
export interface Call {
  readonly serial: number;
  readonly call: number;
  /** Absent: it is to be started. */
  readonly event?: MachineEvent | undefined;
}

/** Hears of it while the step goes on. */
export interface Recorder {
  action(action: RecordedAction): void;
  invocation(command: InvocationCommand): void;
  emitted(event: MachineEvent): void;
  /** What `log` was given. */
  logged(words: readonly Json[]): void;
}

export interface Step {
  readonly actions: readonly RecordedAction[];
  readonly emitted: readonly MachineEvent[];
  readonly logs: readonly (readonly Json[])[];
  readonly invocations: readonly InvocationCommand[];
  /** Nothing heard it: no transition was enabled. */
  readonly unheard: boolean;
  /** What the step threw, if the machine is now in status `error` because code of its own threw. */
  readonly thrown: unknown;
}
