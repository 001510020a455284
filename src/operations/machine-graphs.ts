/** Graphs of the registered machines, each made once. */
import type { Registry } from '#actors/contract/registry.ts';
import { graphOf, type MachineGraph } from '#machines/graph.ts';

/** Undefined for a machine that is not registered. Without a version it is the newest one. */
export function graphReader(registry: Registry): (machineId: string, version: number | undefined) => MachineGraph | undefined {
  const made = new Map<string, MachineGraph>();
  return (machineId, wanted) => {
    const definitions = registry
      .assistants()
      .flatMap(({ binding }) => binding.definitions)
      .filter(({ id, version }) => id === machineId && (wanted === undefined || version === wanted));
    const definition = definitions.toSorted((a, b) => b.version - a.version).at(0);
    if (definition === undefined) return undefined;
    const key = `${definition.id}@${definition.version}`;
    const graph = made.get(key) ?? graphOf(definition);
    made.set(key, graph);
    return graph;
  };
}
