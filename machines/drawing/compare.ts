/** What differs between two versions of a machine. Pure. */
import type { GraphEdge, GraphNode, MachineGraph } from '../graph.ts';
import { transitionText } from './words.ts';

export interface Difference {
  readonly kind: 'added' | 'removed' | 'changed';
  /** A state, or a transition of one. */
  readonly what: 'state' | 'transition';
  /** Id of the state, in the version that has it. */
  readonly state: string;
  /** The transition as text. Empty for a state. */
  readonly text: string;
}

/**
 * States first, in the order of the machine. A transition that changed is one removed and one
 * added.
 */
export function differences(before: MachineGraph, after: MachineGraph): readonly Difference[] {
  const [old, now] = [new Map(before.nodes.map((node) => [node.id, node])), new Map(after.nodes.map((node) => [node.id, node]))];
  const states: Difference[] = [
    ...before.nodes.flatMap(({ id }): Difference[] => (now.has(id) ? [] : [{ kind: 'removed', what: 'state', state: id, text: '' }])),
    ...after.nodes.flatMap((node): Difference[] => {
      const same = old.get(node.id);
      if (same === undefined) return [{ kind: 'added', what: 'state', state: node.id, text: '' }];
      return described(same) === described(node) ? [] : [{ kind: 'changed', what: 'state', state: node.id, text: '' }];
    }),
  ];
  return [...states, ...only(before.edges, after.edges, 'removed'), ...only(after.edges, before.edges, 'added')];
}

/** All of a state but its name, which differs for the root of two machines. */
function described({ key: _, ...node }: GraphNode): string {
  return JSON.stringify(node);
}

/** Transitions that the others have not as often. */
function only(edges: readonly GraphEdge[], others: readonly GraphEdge[], kind: Difference['kind']): readonly Difference[] {
  const left = new Map<string, number>();
  for (const edge of others) left.set(edgeText(edge), (left.get(edgeText(edge)) ?? 0) + 1);
  return edges.flatMap((edge): Difference[] => {
    const text = edgeText(edge);
    const count = left.get(text) ?? 0;
    if (count === 0)
      return [{ kind, what: 'transition', state: edge.from, text: `${transitionText(edge, true)} → ${edge.to.join(', ') || '·'}` }];
    left.set(text, count - 1);
    return [];
  });
}

/** The order of transitions is left out, as one that is added would move all that follow. */
function edgeText({ id: _, ...edge }: GraphEdge): string {
  return JSON.stringify(edge);
}
