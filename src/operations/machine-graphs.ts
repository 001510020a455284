/** Graphs of the registered machines, each made once. */
import type { Registry } from '#actors/contract/registry.ts';
import { graphOf, type MachineGraph } from '#machines/graph.ts';

export type NamedGraph = MachineGraph & { readonly id: string; readonly version: number };

/** A machine as an assistant has it. */
export interface NamedMachine {
  readonly assistant: string;
  readonly machine: { readonly id: string; readonly version: number };
}

/** Undefined if no such assistant has the machine. Without a version it is the newest one. */
export function machineFinder(registry: Registry) {
  return (machineId: string, wanted: number | undefined, named: string | undefined): NamedMachine | undefined => {
    const found = registry
      .assistants()
      .filter(({ binding }) => named === undefined || binding.name === named)
      .flatMap(({ binding }) => binding.definitions.map(({ id, version }) => ({ assistant: binding.name, machine: { id, version } })))
      .filter(({ machine: { id, version } }) => id === machineId && (wanted === undefined || version === wanted));
    return found.toSorted((a, b) => b.machine.version - a.machine.version).at(0);
  };
}

/** Undefined for a machine that is not registered. Without a version it is the newest one. */
export function graphReader(registry: Registry): (machineId: string, version: number | undefined) => NamedGraph | undefined {
  const made = new Map<string, NamedGraph>();
  return (machineId, wanted) => {
    const definitions = registry
      .assistants()
      .flatMap(({ binding }) => binding.definitions)
      .filter(({ id, version }) => id === machineId && (wanted === undefined || version === wanted));
    const definition = definitions.toSorted((a, b) => b.version - a.version).at(0);
    if (definition === undefined) return undefined;
    const { id, version, machine } = definition;
    const key = `${id}@${version}`;
    const graph = made.get(key) ?? { id, version, ...graphOf(machine) };
    made.set(key, graph);
    return graph;
  };
}
