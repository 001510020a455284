/**
 * The actor system in which one session's XState actors live while a turn steps them.
 *
 * Owns: the seams between XState and the host. XState's own actors do all the stepping, so that nested machines,
 * deferred sends, history and snapshots behave as they do everywhere; this system turns what would reach outside into
 * data: delayed events become timers, promises and callbacks become invocations, custom actions are recorded.
 * Does not own: when timers fire (timers.ts), how running code is stood in for (invoked-actor.ts, sync-calls.ts), what
 * becomes of that data (turn.ts), and the running of invocations (invocation-runner.ts).
 *
 * Invariants: nothing here does I/O, reads a clock or draws a random number; the same stimuli give the same numbers.
 * Every actor has a serial that no other actor of the session ever had, also across restarts: what is addressed to
 * a serial that is gone is stale.
 */
import { type ActorSystem, type ActorSystemInfo, type AnyActorRef, type EventObject, StateMachine } from 'xstate';
import type { MachineEvent } from '#machines/definition.ts';
import { type DetachedChild, type DetachedChildHost, persistDetachedChild } from './detached-children.ts';
import { type InvokedActorHost, invokedActor } from './invoked-actor.ts';
import { inspectMachines, leaveAgain, lingerAgain, type Oddities, type StatesBySerial } from './restorability.ts';
import { HostRefusal, loggable, toJson } from './serialize.ts';
import type { Recorder } from './step.ts';
import type { Envelope } from './stored-snapshot.ts';
import { SyncCalls } from './sync-calls.ts';
import { type Timer, Timers } from './timers.ts';
import {
  becomeRoot,
  createHostSystem,
  type ExecutableAction,
  enqueueEvent,
  hasEnded,
  installSeams,
  logicOf,
  parentOf,
  stoppedActor,
} from './xstate-internals.ts';

const BUILT_IN = /^xstate\./;
/** Events that a session's actors send each other in one step: as many as microsteps of one event. */
const MAX_EVENTS = 10_000;

export interface SessionActorSystemOptions {
  readonly recorder: Recorder;
  readonly now: () => number;
  /** The next free serial. */
  readonly next: number;
  readonly timers: readonly Timer[];
  /** Serials by actor path, of the actors that are being restored. */
  readonly serials: Readonly<Record<string, number>>;
  readonly absent: StatesBySerial;
  readonly lingering: StatesBySerial;
  readonly taken: readonly string[];
}

export class SessionActorSystem implements InvokedActorHost, DetachedChildHost {
  readonly calls = new SyncCalls();
  readonly timers: Timers;
  readonly recorder: Recorder;
  /** While true, actors are being put back as they were: nothing they say is news. */
  restoring = false;
  next: number;
  /** Events between actors in this step. */
  #relayed = 0;
  /** The first construct of this step that the host cannot keep. A machine's own error handling must not hide it. */
  refusal: HostRefusal | undefined;
  readonly #options: SessionActorSystemOptions;
  readonly #actors = new Map<number, AnyActorRef>();
  readonly #keyed = new Map<string, AnyActorRef>();
  readonly #serials = new WeakMap<AnyActorRef, number>();
  /** Parents that are gone, of children that were restored without them. */
  readonly #detachedParents = new WeakMap<AnyActorRef, Pick<DetachedChild, 'path' | 'serials'>>();
  #root: AnyActorRef | undefined;

  constructor(options: SessionActorSystemOptions) {
    this.#options = options;
    this.next = options.next;
    this.recorder = options.recorder;
    this.timers = new Timers({
      stored: options.timers,
      now: options.now,
      takeSerial: () => this.takeSerial(),
      serialOf: (actor) => this.serialOf(actor),
    });
  }

  /** An ended machine's children are put back without being started: their system ids are free. */
  freeIds(): void {
    for (const key of this.#unbegun()) this.#keyed.delete(key);
  }

  /** The actors are back as they were: from here on what they say is news. */
  restored(): void {
    this.restoring = false;
    const { absent, lingering, taken } = this.#options;
    for (const key of taken) this.#keyed.set(key, this.#neverBegun(key));
    for (const [serial, ids] of Object.entries(absent)) leaveAgain(this.#actors.get(Number(serial)), ids);
    for (const [serial, ids] of Object.entries(lingering)) lingerAgain(this.#actors.get(Number(serial)), ids);
  }

  takeSerial(): number {
    return this.next++;
  }

  /** Hands an event over, unless its target can't hear any more. */
  relay(target: AnyActorRef, event: EventObject): void {
    if (this.restoring || this.calls.open || hasEnded(target)) return;
    this.refusable(() => this.#count(event));
    enqueueEvent(target, event);
  }

  /** A step is over. Returns what was refused in it. */
  finishStep(): HostRefusal | undefined {
    const { refusal } = this;
    this.refusal = undefined;
    this.#relayed = 0;
    return refusal;
  }

  /** Actors that answer each other's every event would do so for ever, and nothing else of this process would have its turn. */
  #count(event: EventObject): void {
    this.#relayed += 1;
    if (this.#relayed <= MAX_EVENTS) return;
    throw new HostRefusal(
      `its actors sent each other ${MAX_EVENTS} events, the last "${event.type}", without coming to rest: end the exchange, or let a delay come between`,
    );
  }

  actor(serial: number): AnyActorRef | undefined {
    return this.#actors.get(serial);
  }

  serialOf(actor: AnyActorRef): number {
    const serial = this.#serials.get(actor);
    if (serial === undefined) throw new HostRefusal(`actor "${actor.id}" does not belong to this session: send to it through its address`);
    return serial;
  }

  /** Refuses what a restart would lose without a word. Returns what XState would lose and the host stores. */
  inspectMachines(): Oddities {
    return inspectMachines(this.#actors, this.#root);
  }

  /** The object that XState takes for its actor system. */
  readonly system: ActorSystem<ActorSystemInfo> = createHostSystem({
    nextId: () => `x:${this.next}`,
    relay: (_source, target, event) => this.relay(target, event),
    get: (systemId) => this.#keyed.get(systemId),
    getAll: () => Object.fromEntries(this.#keyed),
    log: (...words) => this.recorder.logged(words.map(loggable)),
    onCreate: (actor) => this.#adopt(actor),
    onStart: (actor) => this.#actors.set(this.serialOf(actor), actor),
    onEnd: (actor) => this.#unregister(actor),
    onSystemId: (systemId, actor) => {
      const existing = this.#keyed.get(systemId);
      if (existing && existing !== actor) throw new Error(`Actor with system ID '${systemId}' already exists.`);
      this.#keyed.set(systemId, actor);
    },
    scheduler: {
      schedule: (...delayed) => this.timers.schedule(...delayed),
      cancel: (source, id) => this.timers.cancel(source, id),
      cancelAll: (source) => this.timers.cancelAll(source),
    },
  });

  #adopt(actor: AnyActorRef): void {
    const isRoot = this.#root === undefined;
    if (isRoot) {
      this.#root = actor;
      becomeRoot(actor);
    }
    const serial = (this.restoring ? this.#storedSerial(actor) : undefined) ?? this.next++;
    this.#serials.set(actor, serial);
    const logic = logicOf(actor);
    installSeams(actor, {
      sessionId: `x:${serial}`,
      ...(logic instanceof StateMachine || !logic.start ? {} : { logic: invokedActor(logic, serial, this) }),
      ...(isRoot ? { onEmit: (event) => this.recorder.emitted(toJson(event, 'emitted event') as MachineEvent) } : {}),
      onAction: (action, execute) => execute(BUILT_IN.test(action.type) ? action : this.#recorded(actor, action)),
    });
  }

  /** The action, recorded instead of done when XState executes it. */
  #recorded(actor: AnyActorRef, action: ExecutableAction): ExecutableAction {
    const record: typeof action.exec = (info, params) =>
      this.refusable(() =>
        this.recorder.action({
          serial: this.takeSerial(),
          machinePath: this.machinePath(actor),
          type: action.type,
          params: params === undefined ? undefined : toJson(params, `params of action "${action.type}"`),
          implementation: action.exec,
          context: info.context,
          event: info.event,
        }),
      );
    return { ...action, exec: record };
  }

  /** Does the work, and keeps hold of a refusal that it throws. */
  refusable<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof HostRefusal && !this.calls.open) this.refusal ??= error;
      throw error;
    }
  }

  #unregister(actor: AnyActorRef): void {
    // XState also unregisters what a failed child leaves behind, and that runs on.
    if (hasEnded(actor)) this.#actors.delete(this.serialOf(actor));
    for (const [key, keyed] of this.#keyed) if (keyed === actor) this.#keyed.delete(key);
  }

  /** Children of child machines that failed, and system ids of those that never began. */
  persistDetachedChildren(): Pick<Envelope, 'orphans' | 'taken'> {
    const orphans = [...this.#actors.values()].flatMap((actor) => {
      const parent = parentOf(actor);
      const isOrphan = parent !== undefined && actor.getSnapshot().status === 'active' && !this.#actors.has(this.serialOf(parent));
      return isOrphan ? [persistDetachedChild(actor, parent, this)] : [];
    });
    const taken = this.#unbegun();
    return { ...(orphans.length > 0 ? { orphans } : {}), ...(taken.length > 0 ? { taken } : {}) };
  }

  /** System ids whose actors never began, or were put back as ended ones. */
  #unbegun(): string[] {
    return [...this.#keyed].flatMap(([key, actor]) => (this.#actors.get(this.serialOf(actor)) === actor ? [] : [key]));
  }

  #neverBegun(id: string): AnyActorRef {
    const actor = stoppedActor(id, this.system);
    this.#serials.set(actor, NOBODY);
    return actor;
  }

  markDetachedParent(parent: AnyActorRef, { parent: serial, path, serials }: DetachedChild): void {
    this.#serials.set(parent, serial);
    this.#detachedParents.set(parent, { path: path.slice(0, -1), serials });
  }

  /** The serial that an actor had when it was stored. */
  #storedSerial(actor: AnyActorRef, below = ''): number | undefined {
    const parent = parentOf(actor);
    if (parent === undefined || actor === this.#root) return this.#options.serials[below];
    const grave = this.#detachedParents.get(parent);
    return grave ? grave.serials[below] : this.#storedSerial(parent, `/${encodeURIComponent(actor.id)}${below}`);
  }

  /** Names of the machines and logic from the session's machine (without it) down to this actor. */
  machinePath(actor: AnyActorRef): readonly string[] {
    const parent = parentOf(actor);
    if (parent === undefined) return this.#detachedParents.get(actor)?.path ?? [];
    if (typeof actor.src !== 'string') {
      throw new HostRefusal(
        `"${actor.id}" was spawned from inline logic, which can't be found after a restart: name it in setup({ actors })`,
      );
    }
    return [...this.machinePath(parent), actor.src];
  }
}

/** No actor has this serial. */
const NOBODY = -1;
