/** A machine as a graph, for people. Pure. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';

export interface MachineGraph {
  /** Every state but the root, parents first. */
  readonly states: readonly {
    /** Keys from the root down, joined by dots. */
    readonly id: string;
    readonly key: string;
    /** Id of the state around it. Null for one of the root's. */
    readonly parent: string | null;
    readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
    /** It is entered when the state around it is. */
    readonly initial: boolean;
  }[];
  /** Each pair of states between which a transition leads, once. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly events: readonly string[] }[];
}

export function graphOf({ root }: Pick<AnyStateMachine, 'root'>): MachineGraph {
  const nodes = descendants(root);
  const edges = new Map<string, { from: string; to: string; events: Set<string> }>();
  for (const node of nodes) {
    for (const { source, target = [], eventType } of [...node.transitions.values()].flat().concat(node.always ?? [])) {
      for (const to of target) {
        const ids = { from: idOf(source), to: idOf(to) };
        const known = edges.get(`${ids.from} ${ids.to}`) ?? { ...ids, events: new Set() };
        known.events.add(eventType);
        edges.set(`${ids.from} ${ids.to}`, known);
      }
    }
  }
  return {
    states: nodes.map((node) => ({
      id: idOf(node),
      key: node.key,
      parent: node.parent === undefined || node.parent === root ? null : idOf(node.parent),
      type: node.type,
      initial: node.parent?.type === 'parallel' || (node.parent?.initial.target ?? []).includes(node),
    })),
    edges: [...edges.values()].map(({ events, ...edge }) => ({ ...edge, events: [...events] })),
  };
}

function descendants(node: AnyStateNode): readonly AnyStateNode[] {
  return Object.values<AnyStateNode>(node.states).flatMap((child) => [child, ...descendants(child)]);
}

function idOf({ path }: AnyStateNode): string {
  return path.join('.');
}
