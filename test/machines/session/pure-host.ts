/**
 * Smallest possible host of a session. Pure transitions, timers and invocations as data, and a JSON
 * round trip of the snapshot before every event, as if each were handled by another process.
 */
import { type AnyEventObject, createActor, type ExecutableActionObject, initialTransition, type SnapshotFrom, transition } from 'xstate';
import * as z from 'zod';
import { type SessionInput, sessionContext } from '#machines/session/context.ts';
import { lifecycleState } from '#machines/session/definition.ts';
import {
  agentsNotifyParams,
  fileSendParams,
  type MessageSendParams,
  messageSendParams,
  reactionSendParams,
} from '#machines/session/effects.ts';
import { sessionMachine } from '#machines/session/machine.ts';

const timerAction = z.object({ event: z.looseObject({ type: z.string() }), id: z.string().optional(), delay: z.number().optional() });
const cancelAction = z.object({ sendId: z.string() });
const spawnAction = z.object({ id: z.string(), input: z.json() });

interface Timer {
  readonly due: number;
  readonly event: AnyEventObject;
}

export interface Step {
  readonly sent: readonly MessageSendParams[];
  readonly emitted: readonly { type: string }[];
}

export function pureHost(input: SessionInput) {
  let now = input.now;
  let stored = '';
  let steps: Step[] = [];
  const timers = new Map<string, Timer>();
  const runs = new Set<string>();

  const revived = (): SnapshotFrom<typeof sessionMachine> =>
    createActor(sessionMachine, { input, snapshot: JSON.parse(stored) }).getSnapshot();

  function take([snapshot, actions]: readonly [SnapshotFrom<typeof sessionMachine>, readonly ExecutableActionObject[]]): Step {
    const sent: MessageSendParams[] = [];
    const emitted: { type: string }[] = [];
    for (const action of actions) {
      switch (action.type) {
        case 'xstate.raise': {
          const { event, id, delay } = timerAction.parse(action.params);
          if (delay === undefined) break;
          if (id === undefined || timers.has(id)) throw new Error(`Timer ${id} is armed twice`);
          timers.set(id, { due: now + delay, event });
          break;
        }
        case 'xstate.cancel':
          timers.delete(cancelAction.parse(action.params).sendId);
          break;
        case 'xstate.spawnChild': {
          const { id } = spawnAction.parse(action.params);
          if (runs.has(id)) throw new Error(`Two runs of ${id} at once`);
          runs.add(id);
          break;
        }
        case 'xstate.stopChild':
          runs.delete(stopped(action.params));
          break;
        case 'xstate.emit':
          emitted.push(z.object({ event: z.looseObject({ type: z.string() }) }).parse(action.params).event);
          break;
        case 'message.send':
          sent.push(messageSendParams.parse(action.params));
          break;
        case 'file.send':
          fileSendParams.parse(action.params);
          break;
        case 'reaction.send':
          reactionSendParams.parse(action.params);
          break;
        case 'agents.notify':
          agentsNotifyParams.parse(action.params);
          break;
        default:
          throw new Error(`An action that no host knows: ${action.type}`);
      }
    }
    stored = JSON.stringify(sessionMachine.getPersistedSnapshot(snapshot));
    const step = { sent, emitted };
    steps.push(step);
    return step;
  }

  take(initialTransition(sessionMachine, input));

  const host = {
    now: () => now,
    timers: () => [...timers.keys()],
    runs: () => [...runs],
    persisted: () => stored,
    snapshot: revived,
    state: () => lifecycleState(revived()),
    context: () => sessionContext(revived()),
    send: (event: AnyEventObject): Step => take(transition(sessionMachine, revived(), event as never)),
    /** Settles a run. Undefined if no run of that name is under way. */
    finish: (run: string, event: { readonly output: unknown } | { readonly error: unknown }): Step | undefined => {
      if (!runs.delete(run)) return undefined;
      const type = 'output' in event ? `xstate.done.actor.${run}` : `xstate.error.actor.${run}`;
      return host.send({ type, actorId: run, ...event });
    },
    /** Fires what comes due, in order, and reports each step. */
    advance: (ms: number): readonly Step[] => {
      const until = now + ms;
      steps = [];
      for (;;) {
        const next = [...timers].filter(([, { due }]) => due <= until).sort(([, a], [, b]) => a.due - b.due)[0];
        if (!next) break;
        const [id, { due, event }] = next;
        timers.delete(id);
        now = due;
        host.send(event);
      }
      now = until;
      return steps;
    },
  };
  return host;
}

export type PureHost = ReturnType<typeof pureHost>;

/** `stopChild` names its child by a reference, by id, or not at all when it is gone already. */
function stopped(params: unknown): string {
  if (typeof params === 'string') return params;
  const { data } = z.object({ id: z.string() }).safeParse(params);
  return data?.id ?? '';
}
