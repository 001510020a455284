/**
 * What XState's persisted snapshot would lose over a restart. It is refused by name, or found so
 * that it is stored beside the snapshot.
 *
 * Owns the check of a session's machines before it is stored, and what is corrected after
 * restoring.
 * Does not own what can be refused before a session exists (validate-machine.ts), and values that
 * are no JSON (serialize.ts).
 */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from 'xstate';
import { HostRefusal, toData } from './serialize.ts';
import { childrenOf, parentOf } from './xstate-internals/actor-members.ts';
import { activeNodes, isMachineSnapshot, isReference, setActiveNodes } from './xstate-internals/machine-snapshots.ts';

/** The serials of this actor and all below it, by path. */
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

/** Ids of states, by the serial of the machine that has them. */
export type StatesBySerial = Readonly<Record<string, readonly string[]>>;

/**
 * Where machines are in other states than their values show. XState allows both, and its persisted
 * snapshot loses both.
 */
export interface StateDifferences {
  /** States of the value that a machine is not in. It left them and did not enter them again. */
  readonly missingStates?: StatesBySerial;
  /** States that a machine is in beside those of its value. */
  readonly surplusStates?: StatesBySerial;
}

/**
 * Refuses what a restart would lose silently. Returns what the host stores beside XState's
 * persisted snapshot.
 */
export function checkRestorable(actors: ReadonlyMap<number, AnyActorRef>, root: AnyActorRef | undefined): StateDifferences {
  let missingStates: Record<string, readonly string[]> | undefined;
  let surplusStates: Record<string, readonly string[]> | undefined;
  for (const [serial, actor] of actors) {
    const snapshot: unknown = actor.getSnapshot();
    const parent = parentOf(actor);
    const isActive = actor.getSnapshot().status === 'active';
    if (isActive && parent !== undefined && actor !== root && childrenOf(parent)[actor.id] !== actor)
      throw new HostRefusal(
        `"${actor.id}" still runs, but another child took its id, so it can't be found after a restart: stop it first, or use another id`,
      );
    if (!isMachineSnapshot(snapshot)) continue;
    // The root's context is walked when it is stored. See `refuseDangling`.
    if (actor !== root) toData(snapshot.context, 'context', refuseDangling(actor));
    if (!isActive) continue;
    const valued = nodesOfValue(snapshot);
    const active = activeNodes(snapshot);
    // Almost every machine is in the states of its value and in no other.
    if (valued.length === active.length && active.every((node) => valued.includes(node))) continue;
    const missing = valued.filter((node) => !active.includes(node));
    const surplus = active.filter((node) => !valued.includes(node));
    if (missing.length > 0) missingStates = { ...missingStates, [serial]: missing.map(({ id }) => id) };
    if (surplus.length > 0) surplusStates = { ...surplusStates, [serial]: surplus.map(({ id }) => id) };
  }
  return { ...(missingStates && { missingStates }), ...(surplusStates && { surplusStates }) };
}

/**
 * For a walk through an actor's context. Refuses references to actors that are not among its
 * children.
 */
export function refuseDangling(actor: AnyActorRef): (reference: AnyActorRef, path: string) => void {
  return (reference, path) => {
    if (childrenOf(actor)[reference.id] === reference) return;
    throw new HostRefusal(
      `${path} refers to an actor that is no child of "${actor.id}" (any more), so it can't be found after a restart: take it out, or keep its id`,
    );
  };
}

/**
 * Restoring puts a machine into every state of its value. This takes it out of those that it had
 * left.
 */
export function removeStates(actor: AnyActorRef | undefined, ids: readonly string[]): void {
  setNodes(actor, (snapshot) => activeNodes(snapshot).filter(({ id }) => !ids.includes(id)));
}

/**
 * Restoring uses a machine's value. This adds the other states that it was in, unless a migration
 * removed them.
 */
export function addStates(actor: AnyActorRef | undefined, ids: readonly string[]): void {
  setNodes(actor, (snapshot) => [...activeNodes(snapshot), ...ids.flatMap((id) => nodeById(snapshot.machine, id) ?? [])]);
}

function nodeById(machine: AnyStateMachine, id: string): AnyStateNode | undefined {
  try {
    return machine.getStateNodeById(id);
  } catch {
    return undefined;
  }
}

function setNodes(actor: AnyActorRef | undefined, nodesOf: (snapshot: AnyMachineSnapshot) => readonly AnyStateNode[]): void {
  const snapshot: unknown = actor?.getSnapshot();
  if (!isMachineSnapshot(snapshot)) return;
  setActiveNodes(snapshot, nodesOf(snapshot));
}

/**
 * Restoring drops references to actors that are gone. An ended machine may have some, because its
 * children ended with it. This puts them back as they are stored. `persisted` is the snapshot that
 * `actor` was restored from. It is not changed.
 */
export function keepDeadReferences(actor: AnyActorRef, persisted: unknown): void {
  const snapshot: unknown = actor.getSnapshot();
  if (!isMachineSnapshot(snapshot)) return;
  const { context, children } = fieldsOf(persisted);
  if (snapshot.status !== 'active') putBack(snapshot.context, context);
  for (const [id, child] of Object.entries(childrenOf(actor))) {
    keepDeadReferences(child, fieldsOf(fieldsOf(children)[id]).snapshot);
  }
}

function putBack(restored: unknown, persisted: unknown): void {
  const target = fieldsOf(restored);
  for (const [key, part] of Object.entries(fieldsOf(persisted))) {
    if (part === null || typeof part !== 'object') continue;
    if (isReference(part) && target[key] === undefined) target[key] = { ...part };
    else putBack(target[key], part);
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * The states of a machine's value. XState lets a machine leave one of them without entering it
 * again when a parent is re-entered from within, and be in others when a transition leads to a
 * history.
 */
function nodesOfValue({ machine, value }: AnyMachineSnapshot): readonly AnyStateNode[] {
  const nodes: AnyStateNode[] = [];
  addNodes(machine.root, value, nodes);
  return nodes;
}

function addNodes(node: AnyStateNode | undefined, below: unknown, nodes: AnyStateNode[]): void {
  if (!node) return;
  nodes.push(node);
  if (typeof below === 'string') addNodes(node.states[below], undefined, nodes);
  else for (const key in fieldsOf(below)) addNodes(node.states[key], fieldsOf(below)[key], nodes);
}
