/** A machine's graph (machines/graph.ts) as it comes over HTTP. */
import * as z from 'zod/mini';

const delay = z.object({ name: z.exactOptional(z.string()), ms: z.exactOptional(z.number()) });
const action = z.object({
  name: z.string(),
  event: z.exactOptional(z.string()),
  delay: z.exactOptional(delay),
  actor: z.exactOptional(z.string()),
});
const stateGraph = {
  nodes: z.array(
    z.object({
      id: z.string(),
      key: z.string(),
      parent: z.nullable(z.string()),
      type: z.enum(['atomic', 'compound', 'parallel', 'final', 'history']),
      initial: z.boolean(),
      history: z.exactOptional(z.enum(['shallow', 'deep'])),
      tags: z.array(z.string()),
      description: z.nullable(z.string()),
      entry: z.array(action),
      exit: z.array(action),
      initialActions: z.array(action),
      invokes: z.array(
        z.object({ id: z.string(), src: z.string(), start: z.enum(['invoked', 'spawned']), machine: z.nullable(z.string()) }),
      ),
    }),
  ),
  edges: z.array(
    z.object({
      id: z.string(),
      from: z.string(),
      to: z.array(z.string()),
      event: z.string(),
      kind: z.enum(['event', 'wildcard', 'always', 'after', 'done', 'error', 'snapshot', 'route', 'history']),
      delay: z.exactOptional(delay),
      guard: z.exactOptional(z.string()),
      actions: z.array(action),
      reenter: z.boolean(),
      description: z.nullable(z.string()),
    }),
  ),
};
export const graphSchema = z.object({
  id: z.string(),
  version: z.number(),
  ...stateGraph,
  children: z.array(z.object({ name: z.string(), ...stateGraph })),
});
