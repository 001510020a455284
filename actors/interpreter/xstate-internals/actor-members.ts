/** Members of XState's actors that its types hide, or that no caller should set. */
import type { AnyActorLogic, AnyActorRef, AnyActorScope, EventObject } from 'xstate';
import type { ExecutableAction } from './actions.ts';

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

export function membersOf(actor: AnyActorRef): ActorMembers {
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

/** The logic that an actor runs. */
export function logicOf(actor: AnyActorRef): AnyActorLogic {
  return membersOf(actor).logic;
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

/**
 * An object that XState takes for an actor that has stopped. `children` are those of its last
 * snapshot.
 */
export function stoppedActor(id: string, system: AnyActorRef['system'], children: Readonly<Record<string, AnyActorRef>> = {}): AnyActorRef {
  const members: Partial<ActorMembers> & object = { _processingStatus: STOPPED, sessionId: id };
  const actor = { ...members, id, system, send: () => {}, getSnapshot: () => ({ status: 'error', children }) };
  return actor as object as AnyActorRef;
}

/** Is this an actor? For values in a context, where XState persists actors as references. */
export function isActorRef(value: object): value is AnyActorRef {
  return 'sessionId' in value && 'send' in value && 'ref' in value;
}

/** The children of an actor by the ids that its snapshot gives them. Only machines have any. */
export function childrenOf(actor: AnyActorRef): Readonly<Record<string, AnyActorRef>> {
  const snapshot: unknown = actor.getSnapshot();
  return typeof snapshot === 'object' && snapshot !== null && 'children' in snapshot
    ? ((snapshot.children ?? {}) as Readonly<Record<string, AnyActorRef>>)
    : {};
}
