/** The registered machines, and their graphs, each made once. */
import type { Registry } from '#actors/contract/registry.ts';
import { graphOf, type MachineGraph } from '#machines/graph.ts';

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

export interface ListedMachine {
  readonly id: string;
  readonly version: number;
  /** That use it, sorted. */
  readonly assistants: readonly string[];
}

/** Each version of each machine once, the newest first. */
export function machinesOf(registry: Registry): readonly ListedMachine[] {
  const uses = registry
    .assistants()
    .flatMap(({ binding }) => binding.definitions.map(({ id, version }) => ({ id, version, assistant: binding.name })));
  const machines = [...Map.groupBy(uses, ({ id, version }) => `${id}@${version}`).values()].flatMap((same): ListedMachine[] => {
    const [first] = same;
    if (first === undefined) return [];
    return [{ id: first.id, version: first.version, assistants: [...new Set(same.map(({ assistant }) => assistant))].sort() }];
  });
  return machines.sort((a, b) => (a.id === b.id ? b.version - a.version : a.id < b.id ? -1 : 1));
}
