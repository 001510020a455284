/**
 * The actor of a promise, callback or observable in its session. It keeps the state of the
 * invocation, while the code itself runs after the commit.
 *
 * Owns which events settle the actor, which are for the code, and sending what the code sent.
 * Does not own running the code (invocation-runner.ts), and what a step does until the code has
 * answered (hosted-actor.ts).
 *
 * Invariants. The code behind the logic is never called here. An invocation that was started is
 * stopped once, however it ends.
 */
import type { AnyActor, AnyActorLogic, AnyActorRef } from 'xstate';
import type { MachineEvent } from '#machines/definition.ts';
import { RUN_FAILED, SEND_REFUSED, type SentEvent } from './input.ts';
import { copyFromJson, eventToJson, HostRefusal, toJson } from './serialize.ts';
import type { InvocationCommand, StepRecorder } from './step.ts';
import type { SyncCalls } from './sync-calls.ts';
import { mayAnswerAtOnce } from './xstate-internals/actor-logic.ts';
import { parentOf } from './xstate-internals/actor-members.ts';
import { relayEvent } from './xstate-internals/actor-systems.ts';

/** The actor system of the session. */
export interface InvokedActorHost {
  readonly recorder: StepRecorder;
  readonly calls: SyncCalls;
  /** While true, actors are put back as they were, and no code is started. */
  readonly restoring: boolean;
  takeSerial(): number;
  machinePath(actor: AnyActorRef): readonly string[];
  /** Does the work, and remembers a refusal that it throws. */
  keepRefusal<T>(work: () => T): T;
}

const STOP = 'xstate.stop';
/** Events that settle the actor. Every other event that it gets is for the code. */
const SETTLING = /^xstate\.(promise\.(resolve|reject)|observable\.(next|error|complete))$/;

export function invokedActor(logic: AnyActorLogic, serial: number, host: InvokedActorHost): AnyActorLogic {
  const { recorder, calls } = host;
  const atOnce = mayAnswerAtOnce(logic);

  /** Calls the code, and sends here what the code sent before it returned. */
  const call = (self: AnyActor, command: InvocationCommand & { readonly type: 'start' | 'send' }): void => {
    if (calls.open) return;
    const number = host.takeSerial();
    const event = command.type === 'send' ? command.event : undefined;
    const sent = host.keepRefusal(() => calls.make({ serial, call: number, event }));
    if (sent === undefined) recorder.invocation(command.type === 'send' ? { ...command, call: number } : command);
    for (const each of sent ?? []) sendFrom(self, each);
  };

  /** The step in which the code sent something that cannot be stored is refused. */
  const refuse = ({ reason }: MachineEvent): never =>
    host.keepRefusal(() => {
      throw new HostRefusal(String(reason));
    });

  const sendFrom = (self: AnyActor, { to, event: stored }: SentEvent): void => {
    const event = copyFromJson(stored) as MachineEvent;
    if (event.type === SEND_REFUSED) refuse(event);
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
      const command = host.keepRefusal(() => ({
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
      if (event.type === SEND_REFUSED) refuse(event);
      if (event.type === STOP) {
        if (state.status === 'active') recorder.invocation({ type: 'stop', serial });
        return { ...state, status: 'stopped' };
      }
      if (state.status === 'active' && atOnce && !calls.open) {
        const sent = host.keepRefusal(() => eventToJson(event, 'event'));
        call(scope.self as AnyActor, { type: 'send', serial, event: sent, call: 0 });
      }
      return state;
    },
  };
}
