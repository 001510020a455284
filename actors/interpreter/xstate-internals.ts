/**
 * Everything that the project relies on in XState and that XState's documentation does not promise.
 *
 * Owns access to XState's underscore members, to members that its types hide, and to the shapes
 * and names that it makes up. No other file touches these
 * (test/actors/interpreter/xstate-internals.test.ts).
 * Does not own what the host does with them.
 *
 * All of it is relied on since xstate 5.33, the first version that the project hosted. XState may
 * change any of it in a minor release. `checkXState` finds a missing member when a machine is
 * registered, and `npm run conformance -- --xstate latest` compares what the members do.
 */
import {
  type Actor,
  type ActorSystem,
  type ActorSystemInfo,
  type AnyActor,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  createActor,
  createMachine,
  type EventObject,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  type InspectionEvent,
  log,
  raise,
  StateMachine,
  sendTo,
  spawnChild,
} from 'xstate';
import { StatechatError } from '#machines/errors.ts';

/** What XState numbers the life of an actor by. */
const NOT_STARTED = 0;
const STOPPED = 2;

/** Members of `Actor` that its type hides, or that no caller should set. */
interface ActorMembers {
  _parent: AnyActorRef | undefined;
  readonly _send: (event: EventObject) => void;
  readonly _stop: () => void;
  readonly _actorScope: AnyActorScope;
  readonly _processingStatus: number;
  readonly _snapshot: { readonly status?: string } | undefined;
  readonly systemId: string | undefined;
  logic: AnyActorLogic;
  sessionId: string;
  start: () => AnyActorRef;
}

function membersOf(actor: AnyActorRef): ActorMembers {
  return actor as object as ActorMembers;
}

/**
 * The actor that spawned or invoked this one. XState sends `sendParent`, done and error events
 * there. Without it the host cannot know which machine an actor belongs to.
 */
export function parentOf(actor: AnyActorRef): AnyActorRef | undefined {
  return membersOf(actor)._parent;
}

/**
 * Makes an actor that was created inside a system the root of it. XState takes the system of a new
 * actor from its parent only, so a root is created with a parent that is then removed. With it left
 * in place, the root would report its end to that parent.
 */
export function becomeRoot(actor: AnyActorRef): void {
  membersOf(actor)._parent = undefined;
}

/**
 * Puts an event into the actor's mailbox, which processes it before this returns. `send` would go
 * through the system's relay, which is the host's own. Without it no event reaches any actor.
 */
export function enqueueEvent(actor: AnyActorRef, event: EventObject): void {
  membersOf(actor)._send(event);
}

/**
 * Stops an actor that has a parent. `stop` throws for these. Without it the code of an invocation
 * could not be aborted.
 */
export function stopActor(actor: AnyActorRef): void {
  membersOf(actor)._stop();
}

/**
 * Has the actor ended? XState warns about events to such actors and drops them. One that was
 * restored after its end is never started, so its snapshot decides. Without it, events would reach
 * actors that no longer exist for `createActor`.
 */
export function hasEnded(actor: AnyActorRef): boolean {
  const { _processingStatus, _snapshot } = membersOf(actor);
  if (_processingStatus !== NOT_STARTED) return _processingStatus === STOPPED;
  const status = _snapshot?.status;
  return status !== undefined && status !== 'active';
}

/** The name under which the actor is registered in its system. `AnyActorRef` does not show it. */
export function systemIdOf(actor: AnyActorRef): string | undefined {
  return membersOf(actor).systemId;
}

/** What the host changes in an actor while XState constructs it. */
export interface ActorSeams {
  /** The id that the actor has in its system. XState counts the actors of a whole process. */
  readonly sessionId: string;
  /** Runs instead of the actor's own logic. */
  readonly logic?: AnyActorLogic;
  /** Called for each action. `execute` is what XState would do. */
  readonly onAction: (action: ExecutableAction, execute: (action: ExecutableAction) => void) => void;
  /** Called instead of the listeners of what the actor emits. */
  readonly onEmit?: (event: EventObject) => void;
}

export type ExecutableAction = Parameters<AnyActorScope['actionExecutor']>[0];

/**
 * What an executed `raise` or `sendTo` delays, and by how much. XState resolved both. Any other
 * built-in action has no delay.
 */
export function delayedPart({ params }: ExecutableAction): { readonly event?: EventObject; readonly delay?: unknown } {
  return params ?? {};
}

/**
 * Puts the host's seams into a new actor, before XState computes its first state. The actor's scope
 * is the object through which XState's logic acts. Without these seams, actions would be executed
 * while a machine is stepped. The actor can be started only once, because restored children are
 * started by their parent and by the host.
 */
export function installSeams(actor: AnyActorRef, { sessionId, logic, onAction, onEmit }: ActorSeams): void {
  const members = membersOf(actor);
  const { _actorScope: scope } = members;
  members.sessionId = sessionId;
  scope.sessionId = sessionId;
  if (logic) members.logic = logic;
  if (onEmit) scope.emit = onEmit;
  const execute = scope.actionExecutor;
  scope.actionExecutor = (action) => onAction(action, execute);
  const start = members.start.bind(actor);
  let started = false;
  members.start = () => {
    if (started) return actor;
    started = true;
    return start();
  };
}

/** The logic that an actor runs. */
export function logicOf(actor: AnyActorRef): AnyActorLogic {
  return membersOf(actor).logic;
}

/**
 * An object that XState takes for an actor that has stopped. `children` are those of its last
 * snapshot.
 */
export function stoppedActor(id: string, system: AnyActorRef['system'], children: Readonly<Record<string, AnyActorRef>> = {}): AnyActorRef {
  const members: Partial<ActorMembers> & object = { _processingStatus: STOPPED, sessionId: id };
  const actor = { ...members, id, system, send: () => {}, getSnapshot: () => ({ status: 'error', children }) };
  return actor as object as AnyActorRef;
}

/** What an actor system of the host does. What is left out does nothing. */
export interface SystemHooks {
  /** Names the next actor. */
  readonly nextId: () => string;
  /** Takes an event from one actor to another. */
  readonly relay: (source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject) => void;
  readonly get?: (systemId: string) => unknown;
  readonly getAll?: () => Record<string, AnyActorRef>;
  readonly log?: (...words: unknown[]) => void;
  /** Called from the constructor of an actor, before it computes its first state. */
  readonly onCreate?: (actor: AnyActorRef) => void;
  readonly onStart?: (actor: AnyActorRef) => void;
  readonly onEnd?: (actor: AnyActorRef) => void;
  /** An actor takes a system id. Throws if another has it. */
  readonly onSystemId?: (systemId: string, actor: AnyActorRef) => void;
  readonly scheduler?: {
    readonly schedule: (source: AnyActorRef, target: AnyActorRef, event: EventObject, delay: number, id: string | undefined) => void;
    readonly cancel: (source: AnyActorRef, id: string | undefined) => void;
    readonly cancelAll: (source: AnyActorRef) => void;
  };
}

type SystemMembers = ActorSystem<ActorSystemInfo> & {
  _relay: (source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject) => void;
};

const nothing = (): void => {};

/**
 * An actor system that the host gives to XState's actors. Members with an underscore are those that
 * `Actor` calls. XState creates a system of its own for each root that has no parent, and offers no
 * way to replace it. This is how timers, relayed events and ids reach the host.
 */
export function createHostSystem(hooks: SystemHooks): ActorSystem<ActorSystemInfo> {
  const { nextId, relay, get = nothing, getAll = () => ({}), onCreate, onStart, onEnd = nothing, onSystemId = nothing } = hooks;
  const scheduled = { _scheduledEvents: {} };
  const documented = {
    get: (systemId: string | number | symbol) => get(String(systemId)),
    getAll,
    inspect: () => ({ unsubscribe: nothing }),
    getSnapshot: () => scheduled,
    start: nothing,
    scheduler: hooks.scheduler ?? { schedule: nothing, cancel: nothing, cancelAll: nothing },
  };
  const internal = {
    _clock: { setTimeout: () => 0, clearTimeout: nothing },
    _logger: hooks.log ?? nothing,
    _snapshot: scheduled,
    _bookId: nextId,
    _register: (sessionId: string, actor: AnyActorRef) => {
      onStart?.(actor);
      return sessionId;
    },
    _unregister: onEnd,
    _set: onSystemId,
    _relay: relay,
    _sendInspectionEvent: (event: InspectionEvent) => {
      if (event.type === '@xstate.actor') onCreate?.(event.actorRef as AnyActorRef);
    },
  };
  return { ...documented, ...internal } as object as ActorSystem<ActorSystemInfo>;
}

/** Takes an event from one actor of a system to another, as XState's own actions do. */
export function relayEvent(source: AnyActorRef, target: AnyActorRef, event: EventObject): void {
  (source.system as SystemMembers)._relay(source, target, event);
}

/**
 * Lets `mayRelay` decide on each event that actors of the system send. For a system of XState's
 * own.
 */
export function filterRelay(system: AnyActorRef['system'], mayRelay: () => boolean): void {
  const members = system as SystemMembers;
  const relay = members._relay;
  members._relay = (...relayed) => {
    if (mayRelay()) relay(...relayed);
  };
}

/**
 * The delayed events of a system of XState's own, by the session id of their source and their send
 * id.
 */
export function scheduledEvents(
  system: AnyActorRef['system'],
): Record<string, { readonly id: string; readonly delay: number; startedAt: number }> {
  return system.getSnapshot()._scheduledEvents;
}

export interface HostedActorOptions {
  readonly id: string;
  /**
   * The system's actor that it is a child of. A root is given an object that holds the system
   * alone.
   */
  readonly parent: Pick<AnyActorRef, 'system'>;
  /** The name of its logic, for a child. */
  readonly src?: string | undefined;
  readonly systemId?: string;
  readonly input?: unknown;
  readonly snapshot?: unknown;
}

/**
 * Creates an actor in a system of the host. The types of XState's options leave no room for such a
 * parent.
 */
export function createActorIn(logic: AnyActorLogic, options: HostedActorOptions): Actor<AnyActorLogic> {
  return createActor(logic, options as object as Parameters<typeof createActor>[1]) as AnyActor;
}

/** Is this the snapshot of a machine? A machine persisted to JSON has no nodes. */
export function isMachineSnapshot(snapshot: unknown): snapshot is AnyMachineSnapshot {
  return typeof snapshot === 'object' && snapshot !== null && '_nodes' in snapshot && 'machine' in snapshot;
}

/**
 * The states that a machine is in. It can be in others than its value shows, and XState's persisted
 * snapshot keeps the value alone.
 */
export function activeNodes(snapshot: AnyMachineSnapshot): readonly AnyStateNode[] {
  return snapshot._nodes;
}

/** Puts a machine's snapshot into these states, in place. */
export function setActiveNodes(snapshot: AnyMachineSnapshot, nodes: readonly AnyStateNode[]): void {
  Object.assign(snapshot, { _nodes: nodes, tags: new Set(nodes.flatMap((node) => node.tags)) });
}

/** The children of an actor by the ids that its snapshot gives them. Only machines have any. */
export function childrenOf(actor: AnyActorRef): Readonly<Record<string, AnyActorRef>> {
  const snapshot: unknown = actor.getSnapshot();
  return typeof snapshot === 'object' && snapshot !== null && 'children' in snapshot
    ? ((snapshot.children ?? {}) as Readonly<Record<string, AnyActorRef>>)
    : {};
}

/** Is this an actor? For values in a context, where XState persists actors as references. */
export function isActorRef(value: object): value is AnyActorRef {
  return 'sessionId' in value && 'send' in value && 'ref' in value;
}

/**
 * What XState persists in place of an actor. Restoring looks it up among the children of the
 * machine.
 */
export function referenceTo(actor: AnyActorRef): { readonly xstate$$type: number; readonly id: string } {
  return { xstate$$type: 1, id: actor.id };
}

export function isReference(value: object): boolean {
  return 'xstate$$type' in value;
}

/**
 * Was this machine made by another copy of xstate? Its classes are others, so its machines are none
 * for this copy, and their snapshots and actors must not be mixed.
 */
export function isMachineOfAnotherCopy(logic: AnyActorLogic): boolean {
  return !(logic instanceof StateMachine) && 'implementations' in logic && 'root' in logic;
}

/** XState keeps no mark on its kinds of actor logic, so they are distinguished by their code. */
const PROMISE = fromPromise(async () => {}).transition.toString();
const subscribable = () => ({ subscribe: () => ({ unsubscribe: nothing }) });
const RUN_OUTSIDE: ReadonlySet<string> = new Set([
  PROMISE,
  fromCallback(nothing).transition.toString(),
  fromObservable(subscribable).transition.toString(),
  fromEventObservable(subscribable).transition.toString(),
]);

/**
 * Does the host know what kind of logic this is? Logic without `start` is pure and runs in the
 * session. For logic that is no machine.
 */
export function isKnownLogic(logic: AnyActorLogic): boolean {
  return logic.start === undefined || RUN_OUTSIDE.has(logic.transition.toString());
}

export function isPromiseLogic(logic: AnyActorLogic): boolean {
  return logic.transition.toString() === PROMISE;
}

/**
 * True if the code behind this logic may send something before its start, or the receipt of an
 * event, returns. Callbacks and observables may. So may a promise whose creator can throw. An async
 * function cannot, because everything it sends comes later. XState keeps the creator in `config`.
 */
export function mayAnswerAtOnce(logic: AnyActorLogic): boolean {
  if (!isPromiseLogic(logic)) return true;
  return Object.prototype.toString.call((logic as { readonly config?: unknown }).config) !== '[object AsyncFunction]';
}

/** What an action creator of XState keeps on the function that it returns. */
export interface BuiltInAction {
  readonly type: string;
  readonly to?: unknown;
  readonly id?: unknown;
  readonly src?: unknown;
  readonly delay?: unknown;
}

/** The name under which `sendParent` keeps its target. */
export const TO_PARENT = '#_parent';

/**
 * Undefined for an action function that is no built-in one. Without it, no machine could be
 * validated before it runs.
 */
export function builtInAction(action: object): BuiltInAction | undefined {
  return 'resolve' in action ? (action as object as BuiltInAction) : undefined;
}

/**
 * The logic behind `src`, the name of an invocation or spawned child. XState calls inline logic
 * `xstate.invoke.{index}.{state node id}`. Without that rule, inline logic could not be found after
 * a restart.
 */
export function logicNamed(machine: AnyStateMachine, src: string): AnyActorLogic | undefined {
  const named = machine.implementations.actors[src] as AnyActorLogic | undefined;
  const inline = /^xstate\.invoke\.(\d+)\.(.*)$/.exec(src);
  if (named || !inline) return named;
  const invoke: unknown = machine.getStateNodeById(String(inline[2])).config.invoke;
  const config: unknown = Array.isArray(invoke) ? invoke[Number(inline[1])] : invoke;
  const logic = typeof config === 'object' && config !== null && 'src' in config ? config.src : undefined;
  return typeof logic === 'object' && logic !== null ? (logic as AnyActorLogic) : undefined;
}

/** An actor member that this release needs, and why. */
const ACTOR_MEMBERS: Readonly<Record<string, string>> = {
  _parent: 'the actor to which results and errors are sent',
  _send: 'the way an event reaches an actor',
  _stop: 'the way a child is stopped',
  _actorScope: 'the object through which logic acts',
  _processingStatus: 'whether an actor has ended',
  _snapshot: 'the state of an actor',
  logic: 'the logic of an actor',
  sessionId: 'the name of an actor in its system',
  start: 'the start of an actor',
};

/** A member of the actor system that XState has to use, and for what. */
const SYSTEM_MEMBERS: Readonly<Record<string, string>> = {
  _bookId: 'to name an actor',
  _register: 'when an actor starts',
  _unregister: 'when an actor ends',
  _set: 'when an actor takes a system id',
  _relay: 'to send an event to another actor',
  _sendInspectionEvent: 'when an actor is created',
  _logger: 'to log',
  scheduler: 'to delay an event',
};

/**
 * Checks that the installed XState has everything that this file relies on. Throws `StatechatError`
 * code `unsupported_xstate` that names what is missing. It checks presence only. Whether the
 * members still do the same is what the conformance suite compares.
 */
export function checkXState(): void {
  const missing = missingMembers();
  if (missing.length === 0) return;
  throw new StatechatError(
    'unsupported_xstate',
    `The installed xstate cannot host sessions, because it lacks ${missing.join(', ')}: install xstate ~5.33, or run \`npm run conformance\` against it.`,
    { facts: { missing } },
  );
}

function missingMembers(): string[] {
  const child = createMachine({ on: { GO: {} } });
  const machine = createMachine({
    invoke: { src: child, id: 'child', systemId: 'child' },
    entry: [log('probe'), sendTo('child', { type: 'GO' }), raise({ type: 'LATER' }, { delay: 1 })],
  });
  const actor: AnyActorRef = createActor(machine);
  const lacks = (members: Readonly<Record<string, string>>, has: (name: string) => boolean): string[] =>
    Object.entries(members).flatMap(([name, use]) => (has(name) ? [] : [`${name} (${use})`]));

  const missing = lacks(ACTOR_MEMBERS, (name) => name in actor);
  const { _actorScope: scope } = membersOf(actor);
  if (typeof scope?.actionExecutor !== 'function' || typeof scope.emit !== 'function') missing.push('the executor of actions');
  if (!isMachineSnapshot(actor.getSnapshot())) missing.push('_nodes (the states that a machine is in)');
  if (!isReference(Object(JSON.parse(JSON.stringify(actor))))) missing.push('xstate$$type (references to actors)');
  if (RUN_OUTSIDE.size !== 4 || mayAnswerAtOnce(fromPromise(async () => {}))) missing.push('the kinds of actor logic');
  if (logicNamed(machine, String(machine.root.invoke[0]?.src)) !== child) missing.push('the names of inline logic');
  const later = builtInAction(raise({ type: 'LATER' }, { delay: 1 }));
  const spawns = builtInAction(spawnChild(child, { id: 'c' }));
  const sends = builtInAction(sendTo('c', { type: 'GO' }));
  if (later?.delay !== 1 || spawns?.src !== child || spawns.id !== 'c' || sends?.to !== 'c') missing.push('the parts of built-in actions');
  if (missing.length > 0) return missing;

  const used = new Set<PropertyKey>();
  const host = createHostSystem({ nextId: () => 'x:0', relay: (_source, target, event) => enqueueEvent(target, event) });
  const system = new Proxy(host, {
    get: (members, name) => {
      used.add(name);
      return Object.entries(members).find(([key]) => key === name)?.[1];
    },
  });
  const hosted = createActorIn(machine, { id: 'probe', parent: { system } });
  becomeRoot(hosted);
  hosted.start();
  stopActor(hosted);
  if (!hasEnded(hosted)) missing.push('_processingStatus (whether an actor has ended)');
  return [...missing, ...lacks(SYSTEM_MEMBERS, (name) => used.has(name)).map((member) => `the use of ${member}`)];
}
