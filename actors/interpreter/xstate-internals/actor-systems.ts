/** The actor system that the host gives to XState's actors, and the inside of XState's own. */
import {
  type Actor,
  type ActorSystem,
  type ActorSystemInfo,
  type AnyActor,
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  type EventObject,
  type InspectionEvent,
} from 'xstate';

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
