/** What the customer panel reads over HTTP: past sessions, context and cost, and the machine. */
import * as z from 'zod/mini';
import type { ApiRequest } from './api-request.ts';

const past = z.object({
  id: z.string(),
  state: z.string(),
  open: z.boolean(),
  handler: z.enum(['bot', 'human', 'none']),
  agentId: z.nullable(z.string()),
  openedAt: z.number(),
  closedAt: z.nullable(z.number()),
});
export type PastSession = z.infer<typeof past>;
const pastPage = z.object({ sessions: z.array(past), next: z.nullable(z.string()) });

const counters = z.object({
  messages: z.number(),
  notes: z.number(),
  toolCalls: z.number(),
  errors: z.number(),
  tokensIn: z.number(),
  tokensOut: z.number(),
  costMicros: z.number(),
  cacheHits: z.number(),
  runs: z.number(),
});
export type Counters = z.infer<typeof counters>;
const whole = z.object({
  machine: z.object({ id: z.string(), version: z.number() }),
  /** Machines of an assistant's own count nothing. */
  snapshot: z.catch(z.nullable(z.object({ snapshot: z.object({ context: z.object({ counters }) }) })), null),
});

const context = z.object({
  tokens: z.object({ limit: z.nullable(z.number()), total: z.number() }),
  shown: z.object({ summaries: z.number(), messages: z.number() }),
});

const graph = z.object({
  nodes: z.array(z.object({ id: z.string(), key: z.string(), parent: z.nullable(z.string()), type: z.string(), initial: z.boolean() })),
  edges: z.array(z.object({ from: z.string(), to: z.array(z.string()) })),
});
export type MachineGraph = z.infer<typeof graph>;

export interface Insight {
  readonly machine: { readonly id: string; readonly version: number };
  readonly counters: Counters | undefined;
  /** Undefined if the assistant uses no model. */
  readonly context: z.infer<typeof context> | undefined;
}

export interface InsightApi {
  /** Sessions of an address, newest first, at most 20. */
  past(address: string): Promise<readonly PastSession[]>;
  of(sessionId: string): Promise<Insight>;
  graph(machine: Insight['machine']): Promise<MachineGraph>;
}

const MOST_PAST = 20;

export function insightApi(request: ApiRequest): InsightApi {
  const get = (path: string): Promise<unknown> => request('GET', path);
  return {
    past: async (address) => pastPage.parse(await get(`/sessions?address=${encodeURIComponent(address)}&limit=${MOST_PAST}`)).sessions,
    async of(sessionId) {
      const path = `/sessions/${encodeURIComponent(sessionId)}`;
      const [session, built] = await Promise.all([
        get(path).then((given) => whole.parse(given)),
        get(`${path}/context`).catch(() => undefined),
      ]);
      return {
        machine: session.machine,
        counters: session.snapshot?.snapshot.context.counters,
        context: context.safeParse(built).data,
      };
    },
    graph: async ({ id, version }) => graph.parse(await get(`/machines/${encodeURIComponent(id)}/graph?version=${version}`)),
  };
}
