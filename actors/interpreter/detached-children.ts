/**
 * Children of a child machine that failed. XState forgets them. They keep running, no actor can
 * stop them, and what they send to their parent is lost. A session keeps them as they are, so that
 * they are there after a restart too.
 *
 * Owns storing and restoring them. Does not own finding them (actor-system.ts), what they do.
 */
import type { AnyActorRef, AnyStateMachine } from 'xstate';
import type { Json } from '#machines/definition.ts';
import { serialsByPath } from './restorability.ts';
import { copyFromJson, toJson } from './serialize.ts';
import { logicAt } from './validate-machine.ts';
import { stoppedActor, systemIdOf } from './xstate-internals/actor-members.ts';
import { createActorIn } from './xstate-internals/actor-systems.ts';

export interface DetachedChild {
  readonly id: string;
  readonly systemId?: string | undefined;
  /** The serial that its parent had. */
  readonly parent: number;
  /** Names of the machines and logic that lead to it. */
  readonly path: readonly string[];
  readonly snapshot: Json;
  /** Its own serial and those of the actors below it, by path. */
  readonly serials: Readonly<Record<string, number>>;
}

/** The actor system of the session. */
export interface DetachedChildHost {
  readonly system: AnyActorRef['system'];
  serialOf(actor: AnyActorRef): number;
  machinePath(actor: AnyActorRef): readonly string[];
  /**
   * Makes `parent` take the place of the parent that failed. Its descendants get the serials of
   * `child`.
   */
  markDetachedParent(parent: AnyActorRef, child: DetachedChild): void;
}

export function persistDetachedChild(actor: AnyActorRef, parent: AnyActorRef, host: DetachedChildHost): DetachedChild {
  const systemId = systemIdOf(actor);
  return {
    id: actor.id,
    ...(systemId !== undefined && host.system.get(systemId) === actor ? { systemId } : {}),
    parent: host.serialOf(parent),
    path: host.machinePath(actor),
    snapshot: toJson(actor.getPersistedSnapshot(), `"${actor.id}"`, 'markInContexts'),
    serials: serialsByPath(actor, (each) => host.serialOf(each)),
  };
}

export function restoreDetachedChild(child: DetachedChild, root: AnyStateMachine, host: DetachedChildHost): void {
  const { id, systemId, path, snapshot } = child;
  const logic = logicAt(root, path);
  if (!logic) return;
  const children: Record<string, AnyActorRef> = {};
  const parent = stoppedActor('gone', host.system, children);
  host.markDetachedParent(parent, child);
  const actor = createActorIn(logic, {
    id,
    parent,
    src: path.at(-1),
    ...(systemId === undefined ? {} : { systemId }),
    snapshot: copyFromJson(snapshot),
  });
  children[id] = actor;
  actor.start();
}
