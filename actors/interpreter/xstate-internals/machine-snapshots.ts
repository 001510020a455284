/** The states that a snapshot of a machine is in, and what is persisted in place of an actor. */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateNode } from 'xstate';

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
