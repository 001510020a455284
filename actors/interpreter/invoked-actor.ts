/**
 * Stands in a session for a promise, callback or observable: keeps its state, while the code itself runs after the commit.
 *
 * Owns: which events settle the stand-in, which are meant for the running code, and saying what that code said.
 * Does not own: the running of that code (invocation-runner.ts), and what a step does until the code has answered
 * (hosted-actor.ts).
 *
 * Invariants: the code behind the logic is never called here. Each stand-in that was started is stopped once, however it ends.
 */
import type { AnyActor, AnyActorLogic, AnyActorRef } from 'xstate';
import type { MachineEvent } from '#machines/definition.ts';
import { RUN_FAILED, type Saying } from './input.ts';
import { copyFromJson, toJson } from './serialize.ts';
import type { InvocationCommand, Recorder } from './step.ts';
import type { SyncCalls } from './sync-calls.ts';
import { mayAnswerAtOnce, parentOf, relayEvent } from './xstate-internals.ts';

/** The system in which the stand-in lives. */
export interface InvokedActorHost {
  readonly recorder: Recorder;
  readonly calls: SyncCalls;
  /** While true, actors are being put back as they were: nothing is started. */
  readonly restoring: boolean;
  takeSerial(): number;
  machinePath(actor: AnyActorRef): readonly string[];
  /** Does the work, and keeps hold of a refusal that it throws. */
  refusable<T>(work: () => T): T;
}

const STOP = 'xstate.stop';
/** What a leaf's own machinery tells it; everything else that reaches a leaf is meant for the running code. */
const SETTLING = /^xstate\.(promise\.(resolve|reject)|observable\.(next|error|complete))$/;

export function invokedActor(logic: AnyActorLogic, serial: number, host: InvokedActorHost): AnyActorLogic {
  const { recorder, calls } = host;
  const atOnce = mayAnswerAtOnce(logic);

  /** The code is started or told something: it is as if it said here what it said, or will say, to that. */
  const call = (self: AnyActor, command: InvocationCommand & { readonly type: 'start' | 'tell' }): void => {
    if (calls.open) return;
    const number = host.takeSerial();
    const event = command.type === 'tell' ? command.event : undefined;
    const said = host.refusable(() => calls.make({ serial, call: number, event }));
    if (said === undefined) recorder.invocation(command.type === 'tell' ? { ...command, call: number } : command);
    for (const saying of said ?? []) speak(self, saying);
  };

  const speak = (self: AnyActor, { to, event: said }: Saying): void => {
    const event = copyFromJson(said) as MachineEvent;
    if (event.type === RUN_FAILED) {
      recorder.invocation({ type: 'stop', serial });
      throw event.error;
    }
    const target: AnyActorRef | undefined =
      to === 'self' ? self : to === 'parent' ? parentOf(self) : self.system.get(to.slice('system:'.length));
    if (target) relayEvent(self, target, event);
  };

  return {
    ...logic,
    start: (state, scope) => {
      if (host.restoring || state.status !== 'active') return;
      const self = scope.self as AnyActor;
      const { input } = state as typeof state & { readonly input?: unknown };
      const command = host.refusable(() => ({
        type: 'start' as const,
        serial,
        id: self.id,
        path: host.machinePath(self),
        input: input === undefined ? undefined : toJson(input, `input of "${self.id}"`),
      }));
      if (atOnce) call(self, command);
      else recorder.invocation(command);
    },
    transition: (state, event, scope) => {
      if (SETTLING.test(event.type)) {
        const settled = logic.transition(state, event, scope);
        if (settled.status !== 'active' && state.status === 'active') recorder.invocation({ type: 'stop', serial });
        return settled;
      }
      if (event.type === RUN_FAILED) {
        if (state.status === 'active') recorder.invocation({ type: 'stop', serial });
        return { ...state, status: 'error', error: event.error };
      }
      if (event.type === STOP) {
        if (state.status === 'active') recorder.invocation({ type: 'stop', serial });
        return { ...state, status: 'stopped' };
      }
      if (state.status === 'active' && atOnce && !calls.open) {
        const told = host.refusable(() => toJson(event, `event "${event.type}"`) as MachineEvent);
        call(scope.self as AnyActor, { type: 'tell', serial, event: told, call: 0 });
      }
      return state;
    },
  };
}
