/** Where in a picture sessions are counted, from the short names of states that stores keep. */
import { activeStates, type StateGraph } from '../graph.ts';

/**
 * Sums by the id of a state. A name is the key or the id of a state, or the value of a snapshot as
 * JSON. What is none of the graph's states is left out.
 */
export function countsByState({ nodes }: StateGraph, sessions: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [name, count] of Object.entries(sessions)) {
    for (const id of idsOf(nodes, name)) counts.set(id, (counts.get(id) ?? 0) + count);
  }
  return counts;
}

/** Whether sessions with this name of a state are in the state. */
export function isInState({ nodes }: StateGraph, name: string, id: string): boolean {
  return idsOf(nodes, name).includes(id);
}

function idsOf(nodes: StateGraph['nodes'], name: string): readonly string[] {
  const inside = nodes.filter(({ parent }) => parent !== null);
  if (name.startsWith('{')) {
    const active = activeStates(snapshotValue(name));
    return inside.map(({ id }) => id).filter((id) => active.includes(id));
  }
  return inside.filter(({ id, key }) => id === name || key === name).map(({ id }) => id);
}

function snapshotValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
