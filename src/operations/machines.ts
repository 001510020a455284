/** The machines that sessions run, for people (SPEC V1, V4). */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { litStates } from '#machines/drawing/active.ts';
import { mermaidOf } from '#machines/drawing/mermaid.ts';
import { svgOf } from '#machines/drawing/svg.ts';
import { svgText } from '#machines/drawing/svg-node.ts';
import { THEMES } from '#machines/drawing/themes.ts';
import { InvalidInput } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import type { MachineGraph } from '#machines/graph.ts';
import type { OperationContext } from './context.ts';
import { defineOperation, fileHead } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { json } from './session-view.ts';

const delay = z.strictObject({ name: z.string().optional(), ms: z.number().optional() });
const action = z.strictObject({
  name: z.string().describe('`inline` for a function.'),
  event: z.string().optional().describe('That it raises, sends or emits.'),
  delay: delay.optional(),
  actor: z.string().optional(),
});

const stateGraph = {
  nodes: z.array(
    z.strictObject({
      id: z.string().describe('Keys from the root down, joined by dots. Empty for the root.'),
      key: z.string(),
      parent: z.string().nullable(),
      type: z.enum(['atomic', 'compound', 'parallel', 'final', 'history']),
      initial: z.boolean(),
      history: z.enum(['shallow', 'deep']).optional(),
      tags: z.array(z.string()),
      description: z.string().nullable(),
      entry: z.array(action),
      exit: z.array(action),
      initialActions: z.array(action),
      invokes: z.array(
        z.strictObject({
          id: z.string(),
          src: z.string(),
          start: z.enum(['invoked', 'spawned']),
          machine: z.string().nullable().describe('Its name in `children`. Null for logic that is no machine.'),
        }),
      ),
    }),
  ),
  edges: z.array(
    z.strictObject({
      id: z.string(),
      from: z.string(),
      to: z.array(z.string()).describe('Empty if it enters no state.'),
      event: z.string(),
      kind: z.enum(['event', 'wildcard', 'always', 'after', 'done', 'error', 'snapshot', 'route', 'history']),
      delay: delay.optional(),
      guard: z.string().optional(),
      actions: z.array(action),
      reenter: z.boolean(),
      description: z.string().nullable(),
    }),
  ),
} as const;

/** A machine as a graph. */
export const graphSchema = z.strictObject({
  id: z.string(),
  version: z.number(),
  ...stateGraph,
  children: z.array(z.strictObject({ name: z.string(), ...stateGraph })).describe('Machines that it invokes or spawns.'),
});

const chosen = {
  machineId: z.string().describe('From `machine` of a session.'),
  version: wholeNumber(1, 1_000_000).exactOptional().describe('Default: the newest one.'),
} as const;
const active = z
  .string()
  .max(4_000)
  .default('')
  .describe('States that are lit, with commas between them. Each is an id of the graph, or the key of a state.');

const common = { scope: 'sessions:read', effect: 'read', errors: [problemTypes.notFound] } as const;
const targetOf = ({ machineId }: { readonly machineId: string }): string => machineId.slice(0, 80);

export const listMachines = defineOperation({
  ...common,
  name: 'machines.list',
  summary: 'Lists the machines with their versions, and how many open sessions are in each state.',
  errors: [],
  input: z.strictObject({}),
  output: z.strictObject({
    machines: z.array(
      z.strictObject({
        id: z.string(),
        version: z.number(),
        assistants: z.array(z.string()).describe('Empty for one that only stored sessions still name.'),
        sessions: z.record(z.string(), z.number()).describe('Open sessions by state. A state without any is absent.'),
        input: json.describe('JSON Schema of what opens a session of it. Null if it needs nothing.'),
        revision: z.string().nullable().describe('Changes with its graph. Null for one that is not registered.'),
      }),
    ),
  }),
  async run({ machines, graphOf, stateCounts }) {
    const counts = await stateCounts.stateCounts();
    const registered = machines();
    const known = new Set(registered.map(({ id, version }) => `${id}@${version}`));
    const stored = counts
      .filter(({ machineId, machineVersion }) => !known.has(`${machineId}@${machineVersion}`))
      .map(({ machineId: id, machineVersion: version }) => ({ id, version, assistants: [], input: null }));
    const unregistered = new Map(stored.map((machine) => [`${machine.id}@${machine.version}`, machine])).values();
    return {
      machines: [...registered, ...unregistered].map((machine) => {
        const own = counts.filter(({ machineId, machineVersion }) => machineId === machine.id && machineVersion === machine.version);
        const graph = graphOf(machine.id, machine.version);
        return {
          ...machine,
          sessions: Object.fromEntries(own.map(({ state, sessions }) => [state, sessions])),
          revision: graph === undefined ? null : revisionOf(graph),
        };
      }),
    };
  },
});

export const getMachineGraph = defineOperation({
  ...common,
  name: 'machines.graph',
  summary: 'Reads the states and transitions of a machine.',
  input: z.strictObject(chosen),
  output: graphSchema,
  target: targetOf,
  run: async (context, input) => existingGraph(context, input),
});

export const tryMigration = defineOperation({
  ...common,
  name: 'machines.try_migration',
  summary: 'Tries the migrations on the live sessions of a version of a machine, and changes nothing.',
  input: z.strictObject(chosen),
  output: z.strictObject({
    sessions: z.number().describe('Sessions of the version that were read.'),
    isWhole: z.boolean().describe('False if there are more live sessions than one call reads.'),
    machines: z
      .array(z.strictObject({ machine: z.string(), from: z.number(), to: z.number(), sessions: z.number() }))
      .describe('`to` equals `from` for sessions that stay.'),
    unreadable: z
      .array(z.strictObject({ sessionId: z.string(), machine: z.string(), version: z.number(), reason: z.string() }))
      .describe('Sessions that would be handed to a human.'),
  }),
  target: targetOf,
  run: async (context, { machineId, version = existingGraph(context, { machineId }).version }) => context.migrationOf(machineId, version),
});

export const drawMachine = defineOperation({
  ...common,
  name: 'machines.svg',
  summary: 'Draws a machine as a statechart.',
  input: z.strictObject({
    ...chosen,
    active,
    detail: z
      .enum(['overview', 'normal', 'full'])
      .default('normal')
      .describe('`overview` has the names of states and events. `full` also has what transitions do.'),
    theme: z.enum(['light', 'dark']).default('light'),
  }),
  output: fileHead,
  binary: true,
  target: targetOf,
  async run(context, { active: names, detail, theme, ...input }) {
    const graph = existingGraph(context, input);
    const lit = litOf(graph, names);
    const picture = await context.pictureOf(graph, detail);
    return fileOf(
      graph,
      'image/svg+xml',
      'svg',
      svgText(svgOf(picture, { theme: THEMES[theme], title: `${graph.id}@${graph.version}`, lit })),
    );
  },
});

export const describeMachine = defineOperation({
  ...common,
  name: 'machines.mermaid',
  summary: 'Writes a machine as a Mermaid state diagram.',
  input: z.strictObject({ ...chosen, active }),
  output: fileHead,
  binary: true,
  target: targetOf,
  async run(context, { active: names, ...input }) {
    const graph = existingGraph(context, input);
    return fileOf(graph, 'text/vnd.mermaid; charset=utf-8', 'mmd', mermaidOf(graph, litOf(graph, names)));
  },
});

const revisions = new WeakMap<MachineGraph, string>();

/** Graphs are made once, so each is read once. */
function revisionOf(graph: MachineGraph): string {
  const known = revisions.get(graph) ?? createHash('sha256').update(JSON.stringify(graph)).digest('base64url').slice(0, 16);
  revisions.set(graph, known);
  return known;
}

function existingGraph(
  { graphOf }: Pick<OperationContext, 'graphOf'>,
  { machineId, version }: { readonly machineId: string; readonly version?: number },
): MachineGraph {
  const graph = graphOf(machineId, version);
  if (graph !== undefined) return graph;
  const named = `${machineId.slice(0, 80)}${version === undefined ? '' : `@${version}`}`;
  throw new OperationProblem(problemTypes.notFound, `There is no machine "${named}". GET /api/machines lists the ones there are.`);
}

function litOf(graph: MachineGraph, names: string): ReadonlySet<string> {
  const { lit, unknown } = litStates(
    graph,
    names.split(',').filter((name) => name !== ''),
  );
  const [first] = unknown;
  if (first === undefined) return lit;
  throw new InvalidInput(`active: the machine has no state "${first.slice(0, 80)}". GET /api/machines/${graph.id}/graph has their ids.`);
}

function fileOf({ id, version }: MachineGraph, mimeType: string, ending: string, text: string) {
  const bytes = new TextEncoder().encode(text);
  const digest = createHash('sha256').update(bytes).digest('base64url');
  return { id: digest, name: `${id}@${version}.${ending}`, mimeType, ...contentOf(bytes) };
}
