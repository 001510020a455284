/** The machines that sessions run, for people (SPEC V). */
import * as z from 'zod';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';

/** A machine as a graph. */
export const graphSchema = z.strictObject({
  id: z.string(),
  version: z.number(),
  states: z.array(
    z.strictObject({
      id: z.string().describe('Keys from the root down, joined by dots.'),
      key: z.string(),
      parent: z.string().nullable(),
      type: z.enum(['atomic', 'compound', 'parallel', 'final', 'history']),
      initial: z.boolean(),
    }),
  ),
  edges: z.array(z.strictObject({ from: z.string(), to: z.string(), events: z.array(z.string()) })),
});

export const getMachineGraph = defineOperation({
  name: 'machines.graph',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Reads the states and transitions of a machine.',
  input: z.strictObject({
    machineId: z.string().describe('From `machine` of a session.'),
    version: wholeNumber(1, 1_000_000).exactOptional().describe('Default: the newest one.'),
  }),
  output: graphSchema,
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
