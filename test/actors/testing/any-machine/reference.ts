/**
 * Reference behaviour of XState itself. `createActor` under `SimulatedClock` is traced as
 * `runDurably` traces the host.
 */
import { type AnyStateMachine, createActor, SimulatedClock } from 'xstate';
import { filterRelay, scheduledEvents } from '#actors/interpreter/xstate-internals/actor-systems.ts';
import type { ScriptStep, TraceEntry } from '#actors/testing/run-durably.ts';

/** Events that a whole script may take. Machines that run for ever take all the memory there is. */
const BUDGET = 5_000;

/** Undefined for a machine that runs for ever, because there is nothing to compare with. */
export async function runReference(
  machine: AnyStateMachine,
  script: readonly ScriptStep[],
  input?: unknown,
): Promise<TraceEntry[] | undefined> {
  let taken = 0;
  const clock = new SimulatedClock();
  let actions: { type: string; params: unknown }[] = [];
  let emitted: TraceEntry['emitted'][number][] = [];
  const actor = createActor(machine, {
    clock,
    input,
    logger: () => {},
    inspect: (inspected) => {
      if (inspected.type === '@xstate.action' && !inspected.action.type.startsWith('xstate.')) {
        actions.push({ type: inspected.action.type, params: structuredClone(inspected.action.params) });
      }
    },
  });
  filterRelay(actor.system, () => ++taken <= BUDGET);
  const { scheduler } = actor.system;
  const scheduled = () => scheduledEvents(actor.system);
  const schedule = scheduler.schedule.bind(scheduler);
  scheduler.schedule = (source, target, event, delay, id) => {
    schedule(source, target, event, delay, id);
    const entry = scheduled()[`${source.sessionId}.${id}`];
    if (entry) entry.startedAt = clock.now();
  };
  actor.on('*', (event) => emitted.push(event));
  actor.subscribe({ error: () => {} });

  const observe = async (): Promise<TraceEntry> => {
    for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve));
    const persisted: object =
      actor.getSnapshot().status === 'error' && !('value' in actor.getSnapshot()) ? actor.getSnapshot() : actor.getPersistedSnapshot();
    const { value, context, status, output, error } = Object(persisted);
    const entry: TraceEntry = {
      value,
      context,
      status,
      output,
      error,
      tags: [...(actor.getSnapshot().tags ?? [])],
      actions,
      emitted,
      timers: Object.values(scheduled()).map(({ id, delay, startedAt }) => ({ id, dueIn: startedAt + delay - clock.now() })),
    };
    actions = [];
    emitted = [];
    return entry;
  };

  actor.start();
  const trace = [await observe()];
  for (const step of script) {
    if ('send' in step) actor.send(step.send);
    else if ('advance' in step) clock.increment(step.advance);
    trace.push(await observe());
  }
  actor.stop();
  return taken > BUDGET ? undefined : trace;
}

/**
 * A trace in a form that can be compared. Errors are their messages, timers and tags are sets, and
 * all ids that XState makes up are one.
 */
export function comparable(trace: readonly TraceEntry[]): unknown {
  const normal = trace.map((entry) => ({
    ...entry,
    error: entry.error instanceof Error ? `Error: ${entry.error.message}` : entry.error,
    tags: [...entry.tags].sort(),
    timers: entry.timers.map(({ id, dueIn }) => `${id} in ${dueIn}`).sort(),
  }));
  // XState counts the actors of a whole process to name those that have no id.
  return JSON.parse(JSON.stringify(normal).replaceAll(/"x:\d+"/g, '"x:made up"'));
}
