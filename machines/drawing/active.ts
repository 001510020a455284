/** Which boxes of a picture are lit for states that are active. */
import type { StateGraph } from '../graph.ts';

/**
 * Ids of the named states and of all around them. A name is an id, or the key of one or more
 * states. `unknown` has the names of no state.
 */
export function litStates(
  { nodes }: StateGraph,
  names: readonly string[],
): { readonly lit: ReadonlySet<string>; readonly unknown: readonly string[] } {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = names.map((name) => {
    const exact = byId.get(name);
    return exact === undefined ? nodes.filter(({ key, parent }) => key === name && parent !== null) : [exact];
  });
  const around = (id: string): readonly string[] => {
    const parent = byId.get(id)?.parent ?? null;
    return parent === null ? [id] : [id, ...around(parent)];
  };
  const lit = new Set(found.flat().flatMap(({ id }) => around(id)));
  return { lit, unknown: names.filter((_, index) => found[index]?.length === 0) };
}
