/**
 * The actor system in which one session's XState actors live while a turn steps them.
 *
 * Owns: the seams between XState and the host. XState's own actors do all the stepping, so that nested machines,
 * deferred sends, history and snapshots behave as they do everywhere; this system turns what would reach outside into
 * data: delayed events become timers, promises and callbacks become invocations, custom actions are recorded.
 * Does not own: what becomes of that data (turn.ts), and the running of invocations (invocation-runner.ts).
 *
 * Invariants: nothing here does I/O, reads a clock or draws a random number; the same stimuli give the same numbers.
 * Every actor has a serial that no other actor of the session ever had, also across restarts: what is addressed to
 * a serial that is gone is stale.
 */
import {
  type ActorSystem,
  type ActorSystemInfo,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateNode,
  type EventObject,
  type InspectionEvent,
  StateMachine,
} from 'xstate';
import type { Json, MachineEvent } from '#machines/definition.ts';
import { answersAtOnce } from './actor-kinds.ts';
import { HostRefusal, toJson } from './json.ts';
import { Mailboxes, type StoredMailboxes } from './mailboxes.ts';

/** A delayed event, kept with the snapshot. `serial` is its token. */
export interface Timer {
  readonly serial: number;
  /** XState's send id: what `cancel` names. */
  readonly id: string;
  /** Serials of the actors that it comes from and goes to. */
  readonly source: number;
  readonly target: number;
  readonly event: MachineEvent;
  /** Milliseconds since the epoch. */
  readonly due: number;
  /** False once a later timer took its id over: `cancel` no longer finds it, as in XState. */
  cancellable: boolean;
}

/** A custom action that the machine asked for, with what its implementation would have been given. */
export interface RecordedAction {
  readonly serial: number;
  /** Names of the machines from the session's down to the one that asked. */
  readonly machinePath: readonly string[];
  readonly type: string;
  readonly params: Json | undefined;
  readonly implementation: ((...args: never[]) => unknown) | undefined;
  readonly context: unknown;
  readonly event: unknown;
}

/** What happened to invocations, in order. `serial` is the leaf actor's. */
export type InvocationCommand =
  | {
      readonly type: 'start';
      readonly serial: number;
      readonly id: string;
      readonly path: readonly string[];
      readonly input: Json | undefined;
    }
  | { readonly type: 'stop'; readonly serial: number }
  | { readonly type: 'tell'; readonly serial: number; readonly event: MachineEvent };

export interface Recorder {
  action(action: RecordedAction): void;
  invocation(command: InvocationCommand): void;
  emitted(event: MachineEvent): void;
  /** This actor was stopped in the very step that started it or told it something: its code never hears of that. */
  unborn(id: string): void;
}

const STOP = 'xstate.stop';
/** Tells a leaf that its code threw outside of any promise. */
export const RUN_FAILED = 'statechat.run.failed';
/** What a leaf's own machinery tells it; everything else that reaches a leaf is meant for the running code. */
const SETTLING = /^xstate\.(promise\.(resolve|reject)|observable\.(next|error|complete))$/;
const BUILT_IN = /^xstate\./;

export interface HostSystemOptions {
  readonly recorder: Recorder;
  readonly now: () => number;
  /** The next free serial. */
  readonly next: number;
  readonly timers: readonly Timer[];
  /** Serials by actor path, of the actors that are being restored. */
  readonly serials: Readonly<Record<string, number>>;
  readonly mailboxes: StoredMailboxes;
  readonly absent: Readonly<Record<string, readonly string[]>>;
}

export class HostSystem {
  readonly mailboxes: Mailboxes;
  readonly timers: Map<number, Timer>;
  /** Set whenever a timer was armed or cancelled; the firing loop looks again. */
  timersChanged = false;
  /** While true, actors are being put back as they were: nothing they say is news. */
  restoring = false;
  next: number;
  /** The first construct of this step that the host cannot keep. A machine's own error handling must not hide it. */
  refusal: HostRefusal | undefined;
  readonly #options: HostSystemOptions;
  readonly #actors = new Map<number, AnyActorRef>();
  readonly #keyed = new Map<string, AnyActorRef>();
  readonly #serials = new WeakMap<AnyActorRef, number>();
  #root: AnyActorRef | undefined;

  constructor(options: HostSystemOptions) {
    this.#options = options;
    this.next = options.next;
    this.timers = new Map(options.timers.map((timer) => [timer.serial, { ...timer }]));
    this.mailboxes = new Mailboxes(
      (actor) => this.serialOf(actor),
      (serial) => this.#actors.get(serial),
    );
  }

  /** The actors are back as they were: from here on what they say is news. */
  restored(): void {
    this.restoring = false;
    for (const [serial, ids] of Object.entries(this.#options.absent)) leaveAgain(this.#actors.get(Number(serial)), ids);
    this.mailboxes.restore(this.#options.mailboxes);
  }

  actor(serial: number): AnyActorRef | undefined {
    return this.#actors.get(serial);
  }

  serialOf(actor: AnyActorRef): number {
    const serial = this.#serials.get(actor);
    if (serial === undefined) throw new HostRefusal(`actor "${actor.id}" does not belong to this session: send to it through its address`);
    return serial;
  }

  /** Serials by path, of the actors below the root. */
  serialsBelow(parent: AnyActorRef, path: string, into: Record<string, number>): void {
    const children: unknown = Reflect.get(Object(parent.getSnapshot()), 'children');
    for (const [id, child] of Object.entries((children ?? {}) as Record<string, AnyActorRef>)) {
      if (id !== child.id)
        throw new HostRefusal(
          `a child of "${parent.id}" was spawned without an id, so it can't be found after a restart: give spawnChild an id`,
        );
      const childPath = `${path}/${encodeURIComponent(id)}`;
      into[childPath] = this.serialOf(child);
      this.serialsBelow(child, childPath, into);
    }
  }

  /** Refuses what a restart would lose without a word. Returns the states that machines have left and yet are in, by serial. */
  inspectMachines(): Record<string, readonly string[]> {
    const absent: Record<string, readonly string[]> = {};
    for (const [serial, actor] of this.#actors) {
      const snapshot: unknown = actor.getSnapshot();
      if (!isMachineSnapshot(snapshot)) continue;
      const orphanOf: AnyActorRef | undefined = actor._parent;
      if (orphanOf !== undefined && actor !== this.#root && childrenOf(orphanOf)[actor.id] !== actor && snapshot.status === 'active')
        this.#refuseOrphan(actor);
      const dangling = findDangling(snapshot.context, snapshot.children, 'context');
      if (dangling !== undefined)
        throw new HostRefusal(
          `${dangling} refers to an actor that is no child of "${actor.id}" (any more), so it can't be found after a restart: take it out, or keep its id`,
        );
      const missing = snapshot.status === 'active' ? absentNodes(snapshot) : [];
      if (missing.length > 0) absent[serial] = missing;
    }
    return absent;
  }

  #refuseOrphan(actor: AnyActorRef): never {
    throw new HostRefusal(
      `"${actor.id}" still runs, but another child took its id, so it can't be found after a restart: stop it first, or use another id`,
    );
  }

  /** The object that XState takes for its actor system. Members with an underscore are those that Actor calls. */
  readonly system: ActorSystem<ActorSystemInfo> = Object.assign(
    {
      get: (key: string | number | symbol) => this.#keyed.get(String(key)),
      getAll: () => Object.fromEntries(this.#keyed),
      inspect: () => ({ unsubscribe: () => {} }),
      getSnapshot: () => ({ _scheduledEvents: {} }),
      start: () => {},
      scheduler: {
        schedule: (source: AnyActorRef, target: AnyActorRef, event: EventObject, delay: number, id: string | undefined) =>
          this.#arm(source, target, event, delay, id),
        cancel: (source: AnyActorRef, id: string) => this.#cancel(this.serialOf(source), id),
        cancelAll: (source: AnyActorRef) => this.#cancel(this.serialOf(source), undefined),
      },
      _clock: { setTimeout: () => 0, clearTimeout: () => {} },
      _logger: () => {},
    },
    {
      _snapshot: { _scheduledEvents: {} },
      _bookId: () => `x:${this.next}`,
      _register: (sessionId: string, actor: AnyActorRef) => {
        this.#actors.set(this.serialOf(actor), actor);
        return sessionId;
      },
      _unregister: (actor: AnyActorRef) => this.#unregister(actor),
      _set: (key: string, actor: AnyActorRef) => {
        const existing = this.#keyed.get(key);
        if (existing && existing !== actor) throw new Error(`Actor with system ID '${key}' already exists.`);
        this.#keyed.set(key, actor);
      },
      _relay: (source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject) => {
        if (!this.restoring) this.mailboxes.relay(source, target, event);
      },
      _sendInspectionEvent: (event: InspectionEvent) => {
        // The first thing that Actor's constructor says, before it computes any state: the place to put the seams in.
        if (event.type === '@xstate.actor') this.#adopt(event.actorRef as AnyActorRef);
      },
    },
  );

  #adopt(actor: AnyActorRef): void {
    const isRoot = this.#root === undefined;
    if (isRoot) {
      this.#root = actor;
      Reflect.set(actor, '_parent', undefined);
    }
    const serial = (this.restoring ? this.#options.serials[this.#pathOf(actor)] : undefined) ?? this.next++;
    this.#serials.set(actor, serial);
    const scope: AnyActorScope = Reflect.get(actor, '_actorScope');
    Reflect.set(actor, 'sessionId', `x:${serial}`);
    scope.sessionId = `x:${serial}`;

    const logic: AnyActorLogic = Reflect.get(actor, 'logic');
    if (!(logic instanceof StateMachine) && logic.start) Reflect.set(actor, 'logic', this.#standIn(logic, serial));
    let started = false;
    const start = actor.start.bind(actor);
    Reflect.set(actor, 'start', () => {
      if (started) return actor;
      started = true;
      this.mailboxes.start(actor, start);
      return actor;
    });

    const execute = scope.actionExecutor;
    scope.actionExecutor = (action) => {
      if (BUILT_IN.test(action.type)) return execute(action);
      return execute({
        ...action,
        exec: (info, params) =>
          this.#refusable(() =>
            this.#options.recorder.action({
              serial: this.next++,
              machinePath: this.#machinePath(actor),
              type: action.type,
              params: params === undefined ? undefined : toJson(params, `params of action "${action.type}"`),
              implementation: action.exec,
              context: info.context,
              event: info.event,
            }),
          ),
      });
    };
    if (isRoot) scope.emit = (event) => this.#options.recorder.emitted(toJson(event, 'emitted event') as MachineEvent);
  }

  /** Stands for a promise, callback or observable: keeps its state, while the code itself runs after the commit. */
  #standIn(logic: AnyActorLogic, serial: number): AnyActorLogic {
    const { recorder } = this.#options;
    const atOnce = answersAtOnce(logic);
    const keepPlace = (self: AnyActorRef): void => {
      if (atOnce && self._parent !== undefined) this.mailboxes.keepPlace(self, self._parent);
    };
    return {
      ...logic,
      start: (state, scope) => {
        if (this.restoring || state.status !== 'active') return;
        const self: AnyActorRef = scope.self;
        const input: unknown = Reflect.get(state, 'input');
        this.#refusable(() =>
          recorder.invocation({
            type: 'start',
            serial,
            id: self.id,
            path: this.#machinePath(self),
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
          if (this.mailboxes.awaits(serial)) recorder.unborn(scope.self.id);
          if (state.status === 'active') recorder.invocation({ type: 'stop', serial });
          return { ...state, status: 'stopped' };
        }
        if (state.status === 'active') {
          this.#refusable(() =>
            recorder.invocation({ type: 'tell', serial, event: toJson(event, `event "${event.type}"`) as MachineEvent }),
          );
          keepPlace(scope.self);
        }
        return state;
      },
    };
  }

  #arm(source: AnyActorRef, target: AnyActorRef, event: EventObject, delay: number, id: string | undefined): void {
    const serial = this.next++;
    const sourceSerial = this.serialOf(source);
    const key = id ?? `send.${serial}`;
    for (const timer of this.timers.values()) {
      if (timer.source === sourceSerial && timer.id === key) timer.cancellable = false;
    }
    this.timers.set(serial, {
      serial,
      id: key,
      source: sourceSerial,
      target: this.serialOf(target),
      event: toJson(event, `delayed event "${event.type}"`) as MachineEvent,
      due: this.#options.now() + delay,
      cancellable: true,
    });
    this.timersChanged = true;
  }

  /** Takes a timer out to be fired. Like XState, it also frees the id from an earlier one's hold. */
  take(serial: number): Timer | undefined {
    const taken = this.timers.get(serial);
    if (!taken) return undefined;
    this.timers.delete(serial);
    for (const timer of this.timers.values()) {
      if (timer.source === taken.source && timer.id === taken.id) timer.cancellable = false;
    }
    return taken;
  }

  #cancel(source: number, id: string | undefined): void {
    this.timersChanged = true;
    for (const timer of this.timers.values()) {
      if (timer.source === source && timer.cancellable && (id === undefined || timer.id === id)) this.timers.delete(timer.serial);
    }
  }

  #refusable<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof HostRefusal) this.refusal ??= error;
      throw error;
    }
  }

  #unregister(actor: AnyActorRef): void {
    this.#actors.delete(this.serialOf(actor));
    for (const [key, keyed] of this.#keyed) if (keyed === actor) this.#keyed.delete(key);
  }

  #pathOf(actor: AnyActorRef): string {
    const parent: AnyActorRef | undefined = actor._parent;
    return parent === undefined || actor === this.#root ? '' : `${this.#pathOf(parent)}/${encodeURIComponent(actor.id)}`;
  }

  #machinePath(actor: AnyActorRef): readonly string[] {
    const parent: AnyActorRef | undefined = actor._parent;
    if (parent === undefined) return [];
    if (typeof actor.src !== 'string') {
      throw new HostRefusal(
        `"${actor.id}" was spawned from inline logic, which can't be found after a restart: name it in setup({ actors })`,
      );
    }
    return [...this.#machinePath(parent), actor.src];
  }
}

function childrenOf(actor: AnyActorRef): Readonly<Record<string, AnyActorRef>> {
  return Reflect.get(Object(actor.getSnapshot()), 'children') ?? {};
}

function isMachineSnapshot(snapshot: unknown): snapshot is AnyMachineSnapshot {
  return typeof snapshot === 'object' && snapshot !== null && '_nodes' in snapshot;
}

/** The path to a reference to an actor that is not among `children`. */
function findDangling(value: unknown, children: Readonly<Record<string, unknown>>, path: string): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if ('sessionId' in value && 'send' in value && 'ref' in value)
    return children[String(Reflect.get(value, 'id'))] === value ? undefined : path;
  for (const key of Object.keys(value)) {
    const part: unknown = Reflect.get(value, key);
    if (part === null || typeof part !== 'object') continue;
    const found = findDangling(part, children, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** States on the way to where the machine is that it has left without entering them again, as XState allows when a parent is re-entered from within. */
function absentNodes({ _nodes: nodes, machine, value }: AnyMachineSnapshot): string[] {
  const present = new Set(nodes);
  const absent: string[] = [];
  const visit = (node: AnyStateNode, below: unknown): void => {
    if (!present.has(node)) absent.push(node.id);
    const keys = typeof below === 'string' ? [below] : Object.keys(Object(below));
    for (const key of keys) {
      const child: AnyStateNode | undefined = node.states[key];
      if (child) visit(child, typeof below === 'string' ? {} : Reflect.get(Object(below), key));
    }
  };
  visit(machine.root, value);
  return absent;
}

/** Restoring puts every state on the way among those that a machine is in; what it had left is taken out again. */
function leaveAgain(actor: AnyActorRef | undefined, ids: readonly string[]): void {
  const snapshot: unknown = actor?.getSnapshot();
  if (!isMachineSnapshot(snapshot)) return;
  const nodes = snapshot._nodes.filter((node) => !ids.includes(node.id));
  Object.assign(snapshot, { _nodes: nodes, tags: new Set(nodes.flatMap((node) => node.tags)) });
}
