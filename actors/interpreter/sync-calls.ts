/**
 * The moments of a step at which running code speaks: when it is started, and when it is told something.
 *
 * XState calls that code in the middle of a step and goes on with what it said at once. Here it runs after a commit. So
 * a step that comes to such a moment breaks off; the code runs; and the step is played again from its beginning, with
 * what was said at the place where it was said. That is why nothing has to be put in order afterwards.
 *
 * Owns: which call of a step is which, and what was answered. Does not own: breaking off and playing again
 * (hosted-actor.ts), the speaking (invoked-actor.ts), the running (invocation-runner.ts).
 *
 * Invariant: a step that is played again makes the same calls, with the same numbers, up to the first that has no answer.
 */

import type { Saying } from './input.ts';
import { HostRefusal } from './serialize.ts';
import type { Call } from './step.ts';

/** What the code behind an actor said to one call. */
export interface Answer {
  readonly serial: number;
  readonly call: number;
  readonly said: readonly Saying[];
}

export class SyncCalls {
  #answers: readonly Answer[] = [];
  #made = 0;
  #open: Call | undefined;

  /** A step begins. Its first calls were answered already. */
  begin(answers: readonly Answer[]): void {
    this.#answers = answers;
    this.#made = 0;
    this.#open = undefined;
  }

  /** The call that nobody has answered. What the step does from there on is not what it will have done: it is to be forgotten. */
  get open(): Call | undefined {
    return this.#open;
  }

  /** What the code says to this. Undefined: nobody knows yet. */
  make(call: Call): readonly Saying[] | undefined {
    const answer = this.#answers[this.#made++];
    if (!answer) this.#open = call;
    else if (answer.serial !== call.serial || answer.call !== call.call)
      throw new HostRefusal(
        'the machine did something else when its step was played again: its guards, assigns and inputs must depend on nothing but context and event',
      );
    return answer?.said;
  }
}
