/**
 * The actor system in which one session's XState actors live while a turn steps them.
 *
 * Owns the seams between XState and the host. XState's own actors do all the stepping, so nested
 * machines, deferred sends, history and snapshots behave as they do everywhere. This system turns
 * what would reach outside into data. Delayed events become timers, promises and callbacks become
 * invocations, and custom actions are recorded.
 * Does not own when timers fire (timers.ts), the actors of invocations (invoked-actor.ts,
 * sync-calls.ts), what becomes of the data (turn.ts), running invocations (invocation-runner.ts).
 *
 * Invariants. Nothing here does I/O, reads a clock or draws a random number. The same inputs give
 * the same serials. Every actor has a serial that no other actor of the session ever had, also
 * across restarts. An input for a serial that is gone is stale.
 */
import { type ActorSystem, type ActorSystemInfo, type AnyActorRef, type EventObject, StateMachine } from 'xstate';
import type { MachineEvent } from '#machines/definition.ts';
import { type DetachedChild, type DetachedChildHost, persistDetachedChild } from './detached-children.ts';
import { type InvokedActorHost, invokedActor } from './invoked-actor.ts';
import { addStates, checkRestorable, removeStates, type StateDifferences, type StatesBySerial } from './restorability.ts';
import { HostRefusal, loggable, toJson } from './serialize.ts';
import type { StepRecorder } from './step.ts';
import type { StoredSnapshot } from './stored-snapshot.ts';
import { SyncCalls } from './sync-calls.ts';
import { type Timer, Timers } from './timers.ts';
import { delayedPart, type ExecutableAction } from './xstate-internals/actions.ts';
import { becomeRoot, enqueueEvent, hasEnded, installSeams, logicOf, parentOf, stoppedActor } from './xstate-internals/actor-members.ts';
import { createHostSystem } from './xstate-internals/actor-systems.ts';

const BUILT_IN = /^xstate\./;
/**
 * Events that a session's actors may send each other in one step. It is the limit of microsteps,
 * too.
 */
const MAX_EVENTS = 10_000;

export interface SessionActorSystemOptions {
  readonly recorder: StepRecorder;
  readonly now: () => number;
  /** The next free serial. */
  readonly nextSerial: number;
  readonly timers: readonly Timer[];
  /** Serials by actor path, of the actors that are being restored. */
  readonly serials: Readonly<Record<string, number>>;
  readonly missingStates: StatesBySerial;
  readonly surplusStates: StatesBySerial;
  readonly reservedSystemIds: readonly string[];
}

export class SessionActorSystem implements InvokedActorHost, DetachedChildHost {
  readonly calls = new SyncCalls();
  readonly timers: Timers;
  readonly recorder: StepRecorder;
  /** While true, actors are put back as they were, and what they do then is no effect. */
  restoring = false;
  nextSerial: number;
  /** Events between actors in this step. */
  #relayed = 0;
  /**
   * The first construct of this step that the host cannot keep. A machine's own error handling must
   * not hide it.
   */
  #refusal: HostRefusal | undefined;
  readonly #options: SessionActorSystemOptions;
  readonly #actors = new Map<number, AnyActorRef>();
  readonly #bySystemId = new Map<string, AnyActorRef>();
  readonly #serials = new WeakMap<AnyActorRef, number>();
  /** Parents that failed, of children that were restored without them. */
  readonly #detachedParents = new WeakMap<AnyActorRef, Pick<DetachedChild, 'path' | 'serials'>>();
  #root: AnyActorRef | undefined;

  constructor(options: SessionActorSystemOptions) {
    this.#options = options;
    this.nextSerial = options.nextSerial;
    this.recorder = options.recorder;
    this.timers = new Timers({
      stored: options.timers,
      now: options.now,
      takeSerial: () => this.takeSerial(),
      serialOf: (actor) => this.serialOf(actor),
    });
  }

  /**
   * Frees the system ids of an ended machine's children, which are restored without being started.
   */
  freeSystemIds(): void {
    for (const systemId of this.#idsOfUnstarted()) this.#bySystemId.delete(systemId);
  }

  /** Ends restoring. The actors are as they were when the snapshot was stored. */
  restored(): void {
    this.restoring = false;
    const { missingStates, surplusStates, reservedSystemIds } = this.#options;
    for (const systemId of reservedSystemIds) this.#bySystemId.set(systemId, this.#placeholder(systemId));
    for (const [serial, ids] of Object.entries(missingStates)) removeStates(this.#actors.get(Number(serial)), ids);
    for (const [serial, ids] of Object.entries(surplusStates)) addStates(this.#actors.get(Number(serial)), ids);
  }

  takeSerial(): number {
    return this.nextSerial++;
  }

  /** Passes an event on, unless its target has ended. */
  relay(target: AnyActorRef, event: EventObject): void {
    if (this.restoring || this.calls.open || hasEnded(target)) return;
    this.keepRefusal(() => this.#count(event));
    enqueueEvent(target, event);
  }

  /** Ends a step. Returns what was refused in it. */
  finishStep(): HostRefusal | undefined {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    this.#relayed = 0;
    return refusal;
  }

  /**
   * Refuses actors that answer each other's events for ever. They would keep this process from
   * everything else.
   */
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

  checkRestorable(): StateDifferences {
    return checkRestorable(this.#actors, this.#root);
  }

  /** The object that XState takes for its actor system. */
  readonly system: ActorSystem<ActorSystemInfo> = createHostSystem({
    nextId: () => `x:${this.nextSerial}`,
    relay: (_source, target, event) => this.relay(target, event),
    get: (systemId) => this.#bySystemId.get(systemId),
    getAll: () => Object.fromEntries(this.#bySystemId),
    log: (...words) => this.recorder.logged(words.map(loggable)),
    onCreate: (actor) => this.#adopt(actor),
    onStart: (actor) => this.#actors.set(this.serialOf(actor), actor),
    onEnd: (actor) => this.#unregister(actor),
    onSystemId: (systemId, actor) => {
      const existing = this.#bySystemId.get(systemId);
      if (existing && existing !== actor) throw new Error(`Actor with system ID '${systemId}' already exists.`);
      this.#bySystemId.set(systemId, actor);
    },
    scheduler: {
      schedule: (...delayed) => this.keepRefusal(() => this.timers.schedule(...delayed)),
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
    const serial = (this.restoring ? this.#storedSerial(actor) : undefined) ?? this.takeSerial();
    this.#serials.set(actor, serial);
    const logic = logicOf(actor);
    installSeams(actor, {
      sessionId: `x:${serial}`,
      ...(logic instanceof StateMachine || !logic.start ? {} : { logic: invokedActor(logic, serial, this) }),
      ...(isRoot ? { onEmit: (event) => this.recorder.emitted(toJson(event, 'emitted event') as MachineEvent) } : {}),
      onAction: (action, execute) => execute(BUILT_IN.test(action.type) ? this.#checked(action) : this.#recorded(actor, action)),
    });
  }

  /** The built-in action, unless its delay is refused. */
  #checked(action: ExecutableAction): ExecutableAction {
    const { event, delay } = delayedPart(action);
    if (delay !== undefined) this.keepRefusal(() => this.timers.checkDelay(event, delay));
    return action;
  }

  /** The action, recorded instead of done when XState executes it. */
  #recorded(actor: AnyActorRef, action: ExecutableAction): ExecutableAction {
    const record: typeof action.exec = (info, params) =>
      this.keepRefusal(() =>
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

  /** Does the work, and remembers a refusal that it throws. */
  keepRefusal<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof HostRefusal && !this.calls.open) this.#refusal ??= error;
      throw error;
    }
  }

  #unregister(actor: AnyActorRef): void {
    // XState also unregisters the children of a failed child, which keep running.
    if (hasEnded(actor)) this.#actors.delete(this.serialOf(actor));
    for (const [systemId, other] of this.#bySystemId) if (other === actor) this.#bySystemId.delete(systemId);
  }

  /**
   * Returns the children of child machines that failed, and the system ids of those that never
   * started.
   */
  persistDetachedChildren(): Pick<StoredSnapshot, 'detachedChildren' | 'reservedSystemIds'> {
    const detachedChildren: DetachedChild[] = [];
    for (const actor of this.#actors.values()) {
      const parent = parentOf(actor);
      const isDetached = parent !== undefined && actor.getSnapshot().status === 'active' && !this.#actors.has(this.serialOf(parent));
      if (isDetached) detachedChildren.push(persistDetachedChild(actor, parent, this));
    }
    const reservedSystemIds = this.#idsOfUnstarted();
    return {
      ...(detachedChildren.length > 0 ? { detachedChildren } : {}),
      ...(reservedSystemIds.length > 0 ? { reservedSystemIds } : {}),
    };
  }

  /** System ids whose actors never started, or were restored after their end. */
  #idsOfUnstarted(): string[] {
    if (this.#bySystemId.size === 0) return [];
    return [...this.#bySystemId].flatMap(([systemId, actor]) => (this.#actors.get(this.serialOf(actor)) === actor ? [] : [systemId]));
  }

  /** An actor that keeps a system id from others. */
  #placeholder(id: string): AnyActorRef {
    const actor = stoppedActor(id, this.system);
    this.#serials.set(actor, NO_ACTOR);
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
    const detached = this.#detachedParents.get(parent);
    return detached ? detached.serials[below] : this.#storedSerial(parent, `/${encodeURIComponent(actor.id)}${below}`);
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
const NO_ACTOR = -1;
