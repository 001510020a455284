/** The machines that sessions run, for people (SPEC V). */
import * as z from 'zod';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';

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

export const getMachineGraph = defineOperation({
  name: 'machines.graph',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Reads the states and transitions of a machine.',
  input: z.strictObject({
    machineId: z.string().describe('From `machine` of a session.'),
    version: wholeNumber(1, 1_000_000).exactOptional().describe('Default: the newest one.'),
  }),
  output: z.strictObject({
    id: z.string(),
    version: z.number(),
    ...stateGraph,
    children: z.array(z.strictObject({ name: z.string(), ...stateGraph })).describe('Machines that it invokes or spawns.'),
  }),
  errors: [problemTypes.notFound],
  target: ({ machineId }) => machineId.slice(0, 80),
  async run({ graphOf }, { machineId, version }) {
    const graph = graphOf(machineId, version);
    if (graph === undefined) {
      const named = `${machineId.slice(0, 80)}${version === undefined ? '' : `@${version}`}`;
      throw new OperationProblem(problemTypes.notFound, `There is no machine "${named}". A session names its own: GET /api/sessions/:id.`);
    }
    return graph;
  },
});
