/**
 * What one step of a hosted actor requests, as data. None of it has happened when the step ends.
 */
import type { Json, MachineEvent } from '#machines/definition.ts';

/**
 * A custom action of the machine, with the arguments that its implementation would have received.
 */
export interface RecordedAction {
  readonly serial: number;
  /** Names of the machines from the session's machine down to the one with the action. */
  readonly machinePath: readonly string[];
  readonly type: string;
  readonly params: Json | undefined;
  readonly implementation: ((...args: never[]) => unknown) | undefined;
  readonly context: unknown;
  readonly event: unknown;
}

/** What happened to invocations, in order. `serial` is that of the invoked actor. */
export type InvocationCommand =
  | {
      readonly type: 'start';
      readonly serial: number;
      readonly id: string;
      readonly path: readonly string[];
      readonly input: Json | undefined;
    }
  | { readonly type: 'stop'; readonly serial: number }
  /** `call` is the number under which the code answers. */
  | { readonly type: 'send'; readonly serial: number; readonly event: MachineEvent; readonly call: number };

/** Everything that a step requests from the host. */
export interface StepEffects {
  readonly actions: readonly RecordedAction[];
  readonly emitted: readonly MachineEvent[];
  /** What `log` was given. */
  readonly logs: readonly (readonly Json[])[];
  readonly invocations: readonly InvocationCommand[];
}

export interface Step extends StepEffects {
  /** No transition was enabled. */
  readonly unhandled: boolean;
  /** What the step threw, if the machine is now in status `error` because its own code threw. */
  readonly thrown: unknown;
}

/** Collects the effects while a step runs. */
export class StepRecorder {
  readonly #actions: RecordedAction[] = [];
  readonly #emitted: MachineEvent[] = [];
  readonly #logs: (readonly Json[])[] = [];
  readonly #invocations: InvocationCommand[] = [];

  action(action: RecordedAction): void {
    this.#actions.push(action);
  }

  invocation(command: InvocationCommand): void {
    this.#invocations.push(command);
  }

  emitted(event: MachineEvent): void {
    this.#emitted.push(event);
  }

  logged(words: readonly Json[]): void {
    this.#logs.push(words);
  }

  /** The effects since the last call. */
  take(): StepEffects {
    return {
      actions: this.#actions.splice(0),
      emitted: this.#emitted.splice(0),
      logs: this.#logs.splice(0),
      invocations: this.#invocations.splice(0),
    };
  }
}

export function isWithoutEffects({ actions, emitted, logs, invocations }: StepEffects): boolean {
  return actions.length === 0 && emitted.length === 0 && logs.length === 0 && invocations.length === 0;
}
