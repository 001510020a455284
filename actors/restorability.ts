/**
 * What XState's persisted snapshot would lose over a restart: refused by name, or found so that it is stored beside it.
 *
 * Owns: the check of the machines of a session before it is stored, and what is put right after it was restored.
 * Does not own: what can be refused before a session exists (machine-inspection.ts), or what is no JSON (json.ts).
 */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateNode } from 'xstate';
import { HostRefusal, toData } from './json.ts';

/** Serials by path, of this actor and all below it. */
export function serialsByPath(
  actor: AnyActorRef,
  serialOf: (actor: AnyActorRef) => number,
  path = '',
  into: Record<string, number> = {},
): Record<string, number> {
  into[path] = serialOf(actor);
  for (const [id, child] of Object.entries(childrenOf(actor))) {
    if (id !== child.id)
      throw new HostRefusal(
        `a child of "${actor.id}" was spawned without an id, so it can't be found after a restart: give spawnChild an id`,
      );
    serialsByPath(child, serialOf, `${path}/${encodeURIComponent(id)}`, into);
  }
  return into;
}

/** Refuses what a restart would lose without a word. Returns the states that a machine has left and yet is in, for each that has any. */
export function inspectMachines(
  actors: ReadonlyMap<number, AnyActorRef>,
  root: AnyActorRef | undefined,
): Record<string, readonly string[]> {
  const absent: Record<string, readonly string[]> = {};
  for (const [serial, actor] of actors) {
    const snapshot: unknown = actor.getSnapshot();
    const parent: AnyActorRef | undefined = actor._parent;
    const isActive = Reflect.get(Object(snapshot), 'status') === 'active';
    if (isActive && parent !== undefined && actor !== root && childrenOf(parent)[actor.id] !== actor)
      throw new HostRefusal(
        `"${actor.id}" still runs, but another child took its id, so it can't be found after a restart: stop it first, or use another id`,
      );
    if (!isMachineSnapshot(snapshot)) continue;
    // The root's context is walked anyway when it is stored: see `refuseDangling`.
    if (actor !== root) toData(snapshot.context, 'context', refuseDangling(actor));
    const missing = isActive ? absentNodes(snapshot) : [];
    if (missing.length > 0) absent[serial] = missing;
  }
  return absent;
}

/** For walking through an actor's context: refuses references to actors that are not among its children. */
export function refuseDangling(actor: AnyActorRef): (reference: object, path: string) => void {
  return (reference, path) => {
    if (childrenOf(actor)[String(Reflect.get(reference, 'id'))] === reference) return;
    throw new HostRefusal(
      `${path} refers to an actor that is no child of "${actor.id}" (any more), so it can't be found after a restart: take it out, or keep its id`,
    );
  };
}

/** Restoring puts every state on the way among those that a machine is in; what it had left is taken out again. */
export function leaveAgain(actor: AnyActorRef | undefined, ids: readonly string[]): void {
  const snapshot: unknown = actor?.getSnapshot();
  if (!isMachineSnapshot(snapshot)) return;
  const nodes = snapshot._nodes.filter((node) => !ids.includes(node.id));
  Object.assign(snapshot, { _nodes: nodes, tags: new Set(nodes.flatMap((node) => node.tags)) });
}

/**
 * Restoring drops references to actors that are gone. An ended machine may have some, since its children ended with it:
 * they stay as they are stored. `persisted` is the snapshot that `actor` was restored from; it is not changed.
 */
export function keepDeadReferences(actor: AnyActorRef, persisted: unknown): void {
  const snapshot: unknown = actor.getSnapshot();
  if (!isMachineSnapshot(snapshot)) return;
  if (snapshot.status !== 'active') putBack(snapshot.context, Reflect.get(Object(persisted), 'context'));
  const children: object = Object(Reflect.get(Object(persisted), 'children'));
  for (const [id, child] of Object.entries(childrenOf(actor))) {
    keepDeadReferences(child, Reflect.get(Object(Reflect.get(children, id)), 'snapshot'));
  }
}

function putBack(restored: unknown, persisted: unknown): void {
  if (restored === null || typeof restored !== 'object') return;
  for (const [key, part] of Object.entries(Object(persisted))) {
    if (part === null || typeof part !== 'object') continue;
    if ('xstate$$type' in part && Reflect.get(restored, key) === undefined) Reflect.set(restored, key, { ...part });
    else putBack(Reflect.get(restored, key), part);
  }
}

/**
 * XState forgets the children of a child machine that threw: they run on, with nobody who could stop them. Neither would
 * they be found after a restart. `stopped` is told of each that is stopped.
 */
export function stopOrphans(actor: AnyActorRef, stopped: (id: string) => void): void {
  const snapshot: unknown = actor.getSnapshot();
  if (!isMachineSnapshot(snapshot) || snapshot.status !== 'error') return;
  for (const child of Object.values(childrenOf(actor))) {
    if (child.getSnapshot().status !== 'active') continue;
    stopped(child.id);
    // XState lets only roots be stopped from outside.
    const stop: () => void = Reflect.get(child, '_stop');
    stop.call(child);
  }
}

function childrenOf(actor: AnyActorRef): Readonly<Record<string, AnyActorRef>> {
  return Reflect.get(Object(actor.getSnapshot()), 'children') ?? {};
}

function isMachineSnapshot(snapshot: unknown): snapshot is AnyMachineSnapshot {
  return typeof snapshot === 'object' && snapshot !== null && '_nodes' in snapshot;
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
