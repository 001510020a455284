/**
 * Runs the code of invocations: promises, callbacks and observables, each in an XState actor of its own outside the
 * session. What the code says goes to the session as signals; the session's stand-in for it keeps the state.
 *
 * Invariants: an invocation runs at most once in this process. A stopped one says nothing more. One that is restarted
 * after a crash begins anew, is told again what it had heard, and what it then says at once and word for word as
 * before is not said twice. What it says to a call, from when it is started or told something until it returns, is one
 * answer.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AnyActorLogic, EventObject } from 'xstate';
import type { Json, MachineEvent } from '#machines/definition.ts';
import type { InvocationContext } from '../contract/api.ts';
import type { CallbackHistory } from '../interpreter/callback-history.ts';
import { type Recipient, RUN_FAILED, type Saying, type Stimulus } from '../interpreter/input.ts';
import { fromJson, HostRefusal, toJson } from '../interpreter/serialize.ts';
import type { Call } from '../interpreter/step.ts';
import {
  createActorIn,
  createHostSystem,
  enqueueEvent,
  isPromiseLogic,
  mayAnswerAtOnce,
  stopActor,
} from '../interpreter/xstate-internals.ts';
import { CONTEXT } from './invocation-context.ts';

export type Signal = Extract<Stimulus, { readonly kind: 'signal' | 'answer' }>;

export interface Invocation {
  readonly serial: number;
  /** The actor's id, as the machine knows it. */
  readonly id: string;
  readonly logic: AnyActorLogic;
  readonly input: Json | undefined;
  readonly context: Omit<InvocationContext, 'givenBack'>;
  /** What an earlier attempt had heard and said. Empty for a first attempt. */
  readonly dialogue: CallbackHistory;
  /** What the session asks of it now, and waits for. */
  readonly open: Call | undefined;
  /** `number` counts the signals of this attempt. */
  readonly say: (signal: Signal, number: number) => void;
  /** The code emitted an event: for whoever watches. */
  readonly emitted: (event: MachineEvent) => void;
  /** The code does what can't be done in its place. */
  readonly refused: (refusal: HostRefusal) => void;
}

/** `cancelled`: nobody wants it. `given back`: another process goes on with it. `abandoned`: as in a crash, this process ends. */
type Ending = 'cancelled' | 'given back' | 'abandoned';

interface Running {
  readonly stop: (how: Ending) => void;
  /** Does nothing if it was told so already. */
  readonly told: (call: Call) => void;
  readonly since: number;
  readonly isPromise: boolean;
  /** The session waits for what it says when it is told something. */
  readonly atOnce: boolean;
}

export class InvocationRunner {
  readonly #running = new Map<string, Running>();
  /** Ended by themselves, which their sessions may not have heard yet: until then they may be told something. */
  readonly #ended = new Map<string, Invocation>();
  readonly #settled: (ms: number) => void;

  /** `settled` hears of each run that came to its end by itself, and how long it took in milliseconds. */
  constructor(settled: (ms: number) => void) {
    this.#settled = settled;
  }

  get size(): number {
    return this.#running.size;
  }

  has(runId: string): boolean {
    return this.#running.has(runId);
  }

  /** When the youngest promise that still runs began, on the clock of `performance.now()`. */
  get youngestPromise(): number | undefined {
    const begun = [...this.#running.values()].flatMap(({ isPromise, since }) => (isPromise ? [since] : []));
    return begun.length === 0 ? undefined : Math.max(...begun);
  }

  start(invocation: Invocation): void {
    const { runId } = invocation.context;
    if (this.#running.has(runId)) return;
    const since = performance.now();
    const running = run(invocation, () => {
      this.#running.delete(runId);
      this.#ended.set(runId, invocation);
      this.#settled(performance.now() - since);
    });
    if (running) this.#running.set(runId, running);
  }

  /** Tells it something, unless it was told so already. What has ended has nothing to say to it. */
  tell(runId: string, call: Call): void {
    this.#running.get(runId)?.told(call);
    const ended = this.#ended.get(runId);
    ended?.say({ kind: 'answer', serial: ended.serial, call: call.call, said: [] }, Number.NaN);
  }

  /** Did it run here, and may it be told something? */
  listens(runId: string): boolean {
    return this.#running.get(runId)?.atOnce === true || this.#ended.has(runId);
  }

  /** Aborts the code. Returns how long it had run in milliseconds, or undefined if it did not run here. */
  stop(runId: string, how: Ending = 'cancelled'): number | undefined {
    const running = this.#running.get(runId);
    this.#ended.delete(runId);
    if (!running) return undefined;
    this.#running.delete(runId);
    running.stop(how);
    return performance.now() - running.since;
  }

  stopAll(): void {
    for (const runId of [...this.#running.keys()]) this.stop(runId, 'abandoned');
    this.#ended.clear();
  }
}

const SETTLING = /^xstate\.(promise\.(resolve|reject)|observable\.(error|complete))$/;
const FAILED = /^xstate\.error\.actor\./;

/** Starts the code. Returns undefined if it ended at once. */
function run(invocation: Invocation, ended: () => void): Running | undefined {
  const { serial, id, logic, input, context, dialogue, open } = invocation;
  /** What an earlier attempt said and this one may be about to repeat. */
  const expected = dialogue.flatMap((line) => ('said' in line ? [line] : []));
  let prompt = true;
  let answer: Saying[] | undefined;
  let settled = false;
  let stopped = false;
  let cleaned = false;
  let givenBack = false;
  let number = 0;

  const say = (to: Recipient, event: EventObject): void => {
    if (cleaned) invocation.refused(cleanupRefusal(id, event));
    if (stopped || settled) return;
    if (prompt && !open && isPromiseLogic(logic) && dialogue.length === 0 && to.startsWith('system:'))
      return invocation.refused(earlyRefusal(id, event));
    const said = encodeOrFail(event);
    if (said.type === RUN_FAILED) to = 'self';
    if (to === 'self' && (SETTLING.test(said.type) || said.type === RUN_FAILED)) {
      settled = true;
      ended();
    }
    if (answer) {
      answer.push({ to, event: said });
      return;
    }
    const repeated = prompt ? expected.findIndex((line) => line.to === to && isDeepStrictEqual(line.said, said)) : -1;
    if (repeated >= 0) expected.splice(repeated, 1);
    else invocation.say({ kind: 'signal', serial, to, event: said, prompt }, number++);
  };

  let named = 0;
  const system = createHostSystem({
    nextId: () => `run:${named++}`,
    get: (key) => ({ send: (event: EventObject) => say(`system:${key}`, event) }),
    relay: (source, target, event) => {
      if (Object.is(target, session)) {
        // The stand-in tells the machine of an end that the code itself announced; one that came by throwing is news.
        if (FAILED.test(event.type)) say('self', { type: RUN_FAILED, error: 'error' in event ? event.error : undefined } as EventObject);
        else if (!event.type.startsWith('xstate.done.actor.')) say('parent', event);
        return;
      }
      if (source === target) say('self', event);
      enqueueEvent(target, event);
    },
  });
  Object.assign(system, { [CONTEXT]: { ...context, givenBack: () => givenBack } });
  const session = { id: 'session', sessionId: 'session', send: (event: EventObject) => say('parent', event), system };
  const actor = createActorIn(logic, { id, input: fromJson(structuredClone(input)), parent: session });
  actor.on('*', (event) => invocation.emitted(encodeEvent(event)));
  actor.subscribe({ error: () => {} });
  const end = (how: Ending): void => {
    stopped = true;
    cleaned = how !== 'abandoned';
    givenBack = how !== 'cancelled';
    stopActor(actor);
    cleaned = false;
  };
  const hear = (event: MachineEvent): void => enqueueEvent(actor, fromJson(structuredClone(event)) as EventObject);
  /** The code does something that the session waits for: what it says to that is one answer. */
  const ask = (call: number, act: () => void): void => {
    const said: Saying[] = [];
    answer = said;
    act();
    answer = undefined;
    if (!stopped) invocation.say({ kind: 'answer', serial, call, said }, number++);
  };
  let latest = open?.call ?? -1;
  const told = ({ call, event }: Call): void => {
    if (event === undefined || call <= latest) return;
    latest = call;
    ask(call, () => hear(event));
  };
  if (open && open.event === undefined) ask(open.call, () => actor.start());
  else {
    actor.start();
    for (const line of dialogue) if ('heard' in line) hear(line.heard);
  }
  prompt = false;
  const { event } = open ?? {};
  if (open && event) ask(open.call, () => hear(event));
  return settled
    ? undefined
    : { stop: end, told, since: performance.now(), isPromise: isPromiseLogic(logic), atOnce: mayAnswerAtOnce(logic) };
}

/** `createActor` hears it in the middle of the step that stops the code; here that step is stored before the code is stopped. */
function cleanupRefusal(id: string, { type }: EventObject): HostRefusal {
  return new HostRefusal(`"${id}" sends "${type}" while it is stopped, which comes too late: send it from an exit action instead`);
}

/** `createActor` hears it in the middle of the step that starts the promise. */
function earlyRefusal(id: string, { type }: EventObject): HostRefusal {
  return new HostRefusal(
    `"${id}" sends "${type}" to another actor before it has waited for anything: send it from an action instead, or await something first`,
  );
}

/** A result that can't be stored is the failure of the run that gave it. */
function encodeOrFail(event: EventObject): MachineEvent {
  try {
    return encodeEvent(event);
  } catch (error) {
    return encodeEvent({ type: RUN_FAILED, error } as EventObject);
  }
}

function encodeEvent(event: EventObject): MachineEvent {
  return toJson({ ...event }, `event "${event.type}"`, 'drop') as MachineEvent;
}
