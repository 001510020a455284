/**
 * Stands in a session for a promise, callback or observable: keeps its state, while the code itself runs after the commit.
 *
 * Owns: which events settle the stand-in, and which are meant for the running code.
 * Does not own: the running of that code (invocation-runner.ts), and when the session goes on without having heard it
 * (mailboxes.ts).
 *
 * Invariants: the code behind the logic is never called here. Each stand-in that was started is stopped once, however it ends.
 */
import type { AnyActorLogic, AnyActorRef } from 'xstate';
import type { MachineEvent } from '#machines/definition.ts';
import { answersAtOnce } from './actor-kinds.ts';
import { toJson } from './json.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Recorder } from './step.ts';
import { RUN_FAILED } from './stimulus.ts';

/** The system in which the stand-in lives. */
export interface StandInHost {
  readonly recorder: Recorder;
  readonly mailboxes: Mailboxes;
  /** While true, actors are being put back as they were: nothing is started. */
  readonly restoring: boolean;
  machinePath(actor: AnyActorRef): readonly string[];
  /** Does the work, and keeps hold of a refusal that it throws. */
  refusable<T>(work: () => T): T;
}

const STOP = 'xstate.stop';
/** What a leaf's own machinery tells it; everything else that reaches a leaf is meant for the running code. */
const SETTLING = /^xstate\.(promise\.(resolve|reject)|observable\.(next|error|complete))$/;

export function standIn(logic: AnyActorLogic, serial: number, host: StandInHost): AnyActorLogic {
  const { recorder, mailboxes } = host;
  const atOnce = answersAtOnce(logic);
  const keepPlace = (self: AnyActorRef): void => {
    if (atOnce && self._parent !== undefined) mailboxes.keepPlace(self, self._parent);
  };
  return {
    ...logic,
    start: (state, scope) => {
      if (host.restoring || state.status !== 'active') return;
      const self: AnyActorRef = scope.self;
      const input: unknown = Reflect.get(state, 'input');
      host.refusable(() =>
        recorder.invocation({
          type: 'start',
          serial,
          id: self.id,
          path: host.machinePath(self),
          input: input === undefined ? undefined : toJson(input, `input of "${self.id}"`),
        }),
      );
      keepPlace(self);
    },
    transition: (state, event, scope) => {
      if (SETTLING.test(event.type)) {
        const settled = logic.transition(state, event, scope);
        if (settled.status !== 'active' && state.status === 'active') recorder.invocation({ type: 'stop', serial });
        return settled;
      }
      if (event.type === RUN_FAILED) {
        if (state.status === 'active') recorder.invocation({ type: 'stop', serial });
        return { ...state, status: 'error', error: Reflect.get(event, 'error') };
      }
      if (event.type === STOP) {
        if (mailboxes.awaits(serial)) recorder.unborn(scope.self.id);
        if (state.status === 'active') recorder.invocation({ type: 'stop', serial });
        return { ...state, status: 'stopped' };
      }
      if (state.status === 'active') {
        host.refusable(() => recorder.invocation({ type: 'tell', serial, event: toJson(event, `event "${event.type}"`) as MachineEvent }));
        keepPlace(scope.self);
      }
      return state;
    },
  };
}
