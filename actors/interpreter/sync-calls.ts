/**
 * The calls that a step makes to the code of invocations. It calls when it starts code, and when it
 * sends code an event. `createActor` runs that code in the middle of the step and continues with
 * what it sent.
 *
 * In the host, code runs after a commit. A step that reaches a call breaks off, the code runs, and
 * the step is played again from its beginning. This time the call has an answer, and what the code
 * sent takes effect at the same place as under `createActor`. Nothing has to be reordered
 * afterwards.
 *
 * Owns which call of a step is which, and what was answered. Does not own breaking off and
 * playing again (hosted-actor.ts), sending what was answered (invoked-actor.ts), running the code
 * (invocation-runner.ts).
 *
 * Invariant. A step that is played again makes the same calls with the same numbers, up to the
 * first that has no answer.
 */
import type { MachineEvent } from '#machines/definition.ts';
import type { SentEvent } from './input.ts';
import { HostRefusal } from './serialize.ts';

/** Code is started or sent an event, and the session waits until it returns. */
export interface Call {
  /** Of the invoked actor. */
  readonly serial: number;
  /** The number of the call. No two calls of a session have the same. */
  readonly call: number;
  /** What the code is sent. Absent if it is started. */
  readonly event?: MachineEvent | undefined;
}

/** What the code behind an actor sent before it returned from a call. */
export interface Answer {
  readonly serial: number;
  readonly call: number;
  readonly sent: readonly SentEvent[];
}

export class SyncCalls {
  #answers: readonly Answer[] = [];
  #made = 0;
  #open: Call | undefined;

  /** A step begins. `answers` are those of its first calls. */
  begin(answers: readonly Answer[]): void {
    this.#answers = answers;
    this.#made = 0;
    this.#open = undefined;
  }

  /** The call that has no answer. Whatever the step does from there on is discarded. */
  get open(): Call | undefined {
    return this.#open;
  }

  /** Returns what the code sent. Undefined while the call has no answer. */
  make(call: Call): readonly SentEvent[] | undefined {
    const answer = this.#answers[this.#made++];
    if (!answer) this.#open = call;
    else if (answer.serial !== call.serial || answer.call !== call.call)
      throw new HostRefusal(
        'the machine did something else when its step was played again: its guards, assigns and inputs must depend on nothing but context and event',
      );
    return answer?.sent;
  }
}
