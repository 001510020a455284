/**
 * InvocationRunner runs the code of invocations, which is promises, callbacks and observables, each
 * in an XState actor of its own outside the session. What the code sends goes to the session as
 * signals. The invoked actor in the session keeps the state.
 *
 * Invariants
 * 1. An invocation runs at most once in this process. A stopped one sends nothing more
 *    (`test/actors/runtime-work.test.ts`).
 * 2. Code that is restarted after a crash begins again and receives again what it had received.
 *    What it then sends at once, word for word as before, is not sent twice
 *    (`test/actors/invocations/restarts.test.ts`).
 * 3. Everything it sends before it returns from a call (its start, or the receipt of an event) is
 *    one answer (`test/actors/interpreter/sync-calls.test.ts`).
 */
import { isDeepStrictEqual } from 'node:util';
import type { AnyActorLogic, EventObject } from 'xstate';
import type { Json, MachineEvent } from '#machines/definition.ts';
import { INVOCATION, type InvocationContext } from '../contract/api.ts';
import type { CallbackHistory } from '../interpreter/callback-history.ts';
import { type ActorInput, type Recipient, RUN_FAILED, SEND_REFUSED, type SentEvent } from '../interpreter/input.ts';
import { eventToJson, fromJson, HostRefusal } from '../interpreter/serialize.ts';
import type { Call } from '../interpreter/sync-calls.ts';
import { isPromiseLogic, mayAnswerAtOnce } from '../interpreter/xstate-internals/actor-logic.ts';
import { enqueueEvent, stopActor } from '../interpreter/xstate-internals/actor-members.ts';
import { createActorIn, createHostSystem } from '../interpreter/xstate-internals/actor-systems.ts';

export type Signal = Extract<ActorInput, { readonly kind: 'signal' | 'answer' }>;

export interface Invocation {
  readonly serial: number;
  /** The actor's id, as the machine knows it. */
  readonly id: string;
  readonly logic: AnyActorLogic;
  readonly input: Json | undefined;
  readonly context: Omit<InvocationContext, 'released'>;
  /** What an earlier attempt received and sent. Empty for a first attempt. */
  readonly history: CallbackHistory;
  /** The call that the session waits for. */
  readonly openCall: Call | undefined;
  /** Called for everything that the code sends. `number` counts the signals of this attempt. */
  readonly onSignal: (signal: Signal, number: number) => void;
  /** Called for events that the code emits. They go to the live stream. */
  readonly onEmit: (event: MachineEvent) => void;
  /** Called once it runs here no more, whatever ended it. */
  readonly onEnd?: () => void;
  /** Called when the code does what is not possible where it runs. */
  readonly onRefusal: (refusal: HostRefusal) => void;
}

/**
 * `cancelled` means that the session does not wait for it any more, `released` that another
 * instance continues it, and `abandoned` that this process ends, as in a crash.
 */
type Ending = 'cancelled' | 'released' | 'abandoned';

interface Running {
  readonly stop: (how: Ending) => void;
  /** Sends the code an event. Does nothing if it has received this call already. */
  readonly deliver: (call: Call) => void;
  readonly since: number;
  readonly isPromise: boolean;
  /** The code can be sent events, and the session waits for the answer. */
  readonly takesEvents: boolean;
}

export class InvocationRunner {
  readonly #running = new Map<string, Running & Pick<Invocation, 'onEnd'>>();
  /**
   * Invocations that ended by themselves. Their sessions may not know it yet and may still send
   * them events.
   */
  readonly #ended = new Map<string, Invocation>();
  readonly #settled: (ms: number) => void;

  /**
   * `settled` is called for each invocation that ended by itself, with how long it took in
   * milliseconds.
   */
  constructor(settled: (ms: number) => void) {
    this.#settled = settled;
  }

  get size(): number {
    return this.#running.size;
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
      invocation.onEnd?.();
    });
    if (running) this.#running.set(runId, invocation.onEnd === undefined ? running : { ...running, onEnd: invocation.onEnd });
  }

  /**
   * Sends running code an event, unless it has received this call already. Code that has ended
   * answers with nothing.
   */
  deliver(runId: string, call: Call): void {
    this.#running.get(runId)?.deliver(call);
    const ended = this.#ended.get(runId);
    ended?.onSignal({ kind: 'answer', serial: ended.serial, call: call.call, sent: [] }, Number.NaN);
  }

  /** Does or did it run here, and can it be sent events? */
  takesEvents(runId: string): boolean {
    return this.#running.get(runId)?.takesEvents === true || this.#ended.has(runId);
  }

  /**
   * Aborts the code. Returns how long it had run in milliseconds, or undefined if it did not run
   * here.
   */
  stop(runId: string, how: Ending = 'cancelled'): number | undefined {
    const running = this.#running.get(runId);
    this.#ended.delete(runId);
    if (!running) return undefined;
    this.#running.delete(runId);
    running.stop(how);
    running.onEnd?.();
    return performance.now() - running.since;
  }

  stopAll(): void {
    for (const runId of [...this.#running.keys()]) this.stop(runId, 'abandoned');
    this.#ended.clear();
  }
}

const SETTLING = /^xstate\.(promise\.(resolve|reject)|observable\.(error|complete))$/;
const DONE = /^xstate\.done\.actor\./;
const FAILED = /^xstate\.error\.actor\./;
/** What becomes of a promise or an observable, and each value of the latter. */
const OUTCOME = /^xstate\.(promise|observable)\./;

/** Starts the code. Returns undefined if it ended at once. */
function run(invocation: Invocation, onEnd: () => void): Running | undefined {
  const { serial, id, logic, input, context, history, openCall } = invocation;
  /** What an earlier attempt sent. This attempt may be about to repeat it. */
  const expected = history.flatMap((line) => ('sent' in line ? [line.sent] : []));
  let prompt = true;
  let answer: SentEvent[] | undefined;
  let settled = false;
  let stopped = false;
  let cleaning = false;
  let released = false;
  let number = 0;

  const send = (to: Recipient, event: EventObject): void => {
    if (cleaning) invocation.onRefusal(cleanupRefusal(id, event));
    if (stopped || settled) return;
    if (prompt && !openCall && isPromiseLogic(logic) && history.length === 0 && to.startsWith('system:'))
      return invocation.onRefusal(earlyRefusal(id, event));
    const encoded = encodeSent(id, event, invocation.onRefusal);
    if (encoded.type === RUN_FAILED || encoded.type === SEND_REFUSED) to = 'self';
    if (to === 'self' && (SETTLING.test(encoded.type) || encoded.type === RUN_FAILED)) {
      settled = true;
      onEnd();
    }
    const sent: SentEvent = { to, event: encoded };
    if (answer) {
      answer.push(sent);
      return;
    }
    const repeated = prompt ? expected.findIndex((earlier) => isDeepStrictEqual(earlier, sent)) : -1;
    if (repeated >= 0) expected.splice(repeated, 1);
    else invocation.onSignal({ kind: 'signal', serial, ...sent, prompt }, number++);
  };

  let named = 0;
  const system = createHostSystem({
    nextId: () => `run:${named++}`,
    get: (key) => ({ send: (event: EventObject) => send(`system:${key}`, event) }),
    relay: (source, target, event) => {
      if (Object.is(target, session)) {
        // The actor in the session reports an end that the code announced itself. An end by
        // throwing is sent.
        if (FAILED.test(event.type)) send('self', { type: RUN_FAILED, error: 'error' in event ? event.error : undefined } as EventObject);
        else if (!DONE.test(event.type)) send('parent', event);
        return;
      }
      if (source === target) send('self', event);
      enqueueEvent(target, event);
    },
  });
  Object.assign(system, { [INVOCATION]: { ...context, released: () => released } });
  const session = { id: 'session', sessionId: 'session', send: (event: EventObject) => send('parent', event), system };
  const actor = createActorIn(logic, { id, input: fromJson(structuredClone(input)), parent: session });
  actor.on('*', (event) => {
    // XState throws at the process what a listener throws.
    try {
      invocation.onEmit(encodeEvent(event));
    } catch (error) {
      invocation.onRefusal(unstorable(id, 'emits', error));
    }
  });
  actor.subscribe({ error: () => {} });
  const stop = (how: Ending): void => {
    stopped = true;
    cleaning = how !== 'abandoned';
    released = how !== 'cancelled';
    stopActor(actor);
    cleaning = false;
  };
  const receive = (event: MachineEvent): void => enqueueEvent(actor, fromJson(structuredClone(event)) as EventObject);
  /**
   * Makes a call that the session waits for. What the code sends before it returns is one answer.
   */
  const answerTo = (call: number, act: () => void): void => {
    const sent: SentEvent[] = [];
    answer = sent;
    act();
    answer = undefined;
    if (!stopped) invocation.onSignal({ kind: 'answer', serial, call, sent }, number++);
  };
  let latest = openCall?.call ?? -1;
  const deliver = ({ call, event }: Call): void => {
    if (event === undefined || call <= latest) return;
    latest = call;
    answerTo(call, () => receive(event));
  };
  if (openCall && openCall.event === undefined) answerTo(openCall.call, () => actor.start());
  else {
    actor.start();
    for (const line of history) if ('received' in line) receive(line.received);
  }
  prompt = false;
  const { event } = openCall ?? {};
  if (openCall && event) answerTo(openCall.call, () => receive(event));
  return settled
    ? undefined
    : { stop, deliver, since: performance.now(), isPromise: isPromiseLogic(logic), takesEvents: mayAnswerAtOnce(logic) };
}

/**
 * `createActor` takes such an event in the middle of the step that stops the code. Here that step
 * is stored before the code is stopped.
 */
function cleanupRefusal(id: string, { type }: EventObject): HostRefusal {
  return new HostRefusal(`"${id}" sends "${type}" while it is stopped, which comes too late: send it from an exit action instead`);
}

/** `createActor` takes such an event in the middle of the step that starts the promise. */
function earlyRefusal(id: string, { type }: EventObject): HostRefusal {
  return new HostRefusal(
    `"${id}" sends "${type}" to another actor before it has waited for anything: send it from an action instead, or await something first`,
  );
}

/**
 * What the session receives of an event that code sent. Of one that can't be stored it receives
 * that, and parks it. A result that can't be stored is a failure of the invocation, because
 * otherwise the session would wait for it for ever.
 */
function encodeSent(id: string, event: EventObject, onRefusal: (refusal: HostRefusal) => void): MachineEvent {
  try {
    return encodeEvent(event);
  } catch (error) {
    const refusal = unstorable(id, 'sends', error);
    if (event.type !== RUN_FAILED && !OUTCOME.test(event.type)) return { type: SEND_REFUSED, reason: refusal.message };
    onRefusal(refusal);
    return encodeEvent({ type: RUN_FAILED, error: refusal } as EventObject);
  }
}

function unstorable(id: string, does: 'sends' | 'emits', cause: unknown): HostRefusal {
  return new HostRefusal(`"${id}" ${does} what can't be stored: ${cause instanceof Error ? cause.message : String(cause)}`);
}

function encodeEvent(event: EventObject): MachineEvent {
  return eventToJson({ ...event }, 'event', 'drop');
}
