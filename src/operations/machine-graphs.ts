/** The registered machines, and their graphs, each made once. */
import * as z from 'zod';
import type { Registry } from '#actors/contract/registry.ts';
import type { Json, MachineDefinition } from '#machines/definition.ts';
import { graphOf, type MachineGraph } from '#machines/graph.ts';

/** A machine as an assistant has it. */
export interface NamedMachine {
  readonly assistant: string;
  readonly definition: MachineDefinition;
}

function definitionsOf(registry: Registry): readonly NamedMachine[] {
  return registry.assistants().flatMap(({ binding }) => binding.definitions.map((definition) => ({ assistant: binding.name, definition })));
}

/** For forms. */
export function jsonSchemaOf(schema: z.ZodType): Json {
  return z.json().parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

/** Undefined if no such assistant has the machine. Without a version it is the newest one. */
export function machineFinder(registry: Registry) {
  return (machineId: string, wanted: number | undefined, named: string | undefined): NamedMachine | undefined => {
    const found = definitionsOf(registry)
      .filter(({ assistant }) => named === undefined || assistant === named)
      .filter(({ definition: { id, version } }) => id === machineId && (wanted === undefined || version === wanted));
    return found.toSorted((a, b) => b.definition.version - a.definition.version).at(0);
  };
}

/** Undefined for a machine that is not registered. Without a version it is the newest one. */
export function graphReader(registry: Registry): (machineId: string, version: number | undefined) => MachineGraph | undefined {
  const made = new Map<string, MachineGraph>();
  const find = machineFinder(registry);
  return (machineId, wanted) => {
    const definition = find(machineId, wanted, undefined)?.definition;
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
  /** JSON Schema of what opens a session of it. Null if it needs nothing. */
  readonly input: Json;
}

/** Each version of each machine once, the newest first. */
export function machinesOf(registry: Registry): readonly ListedMachine[] {
  const uses = Map.groupBy(definitionsOf(registry), ({ definition: { id, version } }) => `${id}@${version}`);
  const machines = [...uses.values()].flatMap((same): ListedMachine[] => {
    const [first] = same;
    if (first === undefined) return [];
    const { id, version, opening } = first.definition;
    const assistants = [...new Set(same.map(({ assistant }) => assistant))].sort();
    return [{ id, version, assistants, input: opening === undefined ? null : jsonSchemaOf(opening) }];
  });
  return machines.sort((a, b) => (a.id === b.id ? b.version - a.version : a.id < b.id ? -1 : 1));
}
