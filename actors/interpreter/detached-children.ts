/**
 * Children of a child machine that failed. XState forgets them: they run on, with nobody who could stop them, and what
 * they say to their parent is lost. A session keeps them as they are, so that they are there after a restart too.
 *
 * Owns: finding, storing and restoring them. Does not own: what they do.
 */
import type { AnyActorRef, AnyStateMachine } from 'xstate';
import type { Json } from '#machines/definition.ts';
import { serialsByPath } from './restorability.ts';
import { copyFromJson, toJson } from './serialize.ts';
import { logicAt } from './validate-machine.ts';
import { createActorIn, stoppedActor, systemIdOf } from './xstate-internals.ts';

export interface DetachedChild {
  readonly id: string;
  readonly systemId?: string | undefined;
  /** The serial that its parent had. */
  readonly parent: number;
  /** Names of the machines and logic that lead to it. */
  readonly path: readonly string[];
  readonly snapshot: Json;
  /** Its own serial and those below it, by path. */
  readonly serials: Readonly<Record<string, number>>;
}

/** The surroundings that they are found and restored in. */
export interface DetachedChildHost {
  readonly system: AnyActorRef['system'];
  serialOf(actor: AnyActorRef): number;
  machinePath(actor: AnyActorRef): readonly string[];
  /** Makes it stand for a parent that is gone: whoever is its child is known by `serials`, found by `path`. */
  markDetachedParent(parent: AnyActorRef, orphan: DetachedChild): void;
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

export function restoreDetachedChild(orphan: DetachedChild, root: AnyStateMachine, host: DetachedChildHost): void {
  const { id, systemId, path, snapshot } = orphan;
  const logic = logicAt(root, path);
  if (!logic) return;
  const children: Record<string, AnyActorRef> = {};
  const parent = stoppedActor('gone', host.system, children);
  host.markDetachedParent(parent, orphan);
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
