/** The machines over HTTP, their graphs, and the sessions in their states. */
import * as z from 'zod/mini';
import type { MachineGraph } from '#machines/graph.ts';
import type { ApiRequest } from '../inbox/api-request.ts';
import { graphSchema } from './graph-schema.ts';

const listed = z.object({
  id: z.string(),
  version: z.number(),
  assistants: z.array(z.string()),
  sessions: z.record(z.string(), z.number()),
  input: z.json(),
  revision: z.nullable(z.string()),
});
export type ListedMachine = z.infer<typeof listed>;
const list = z.object({ machines: z.array(listed) });

const session = z.object({
  id: z.string(),
  address: z.string(),
  assistant: z.string(),
  machine: z.object({ id: z.string(), version: z.number() }),
});
export type SessionInState = z.infer<typeof session>;
const page = z.object({ sessions: z.array(session), next: z.nullable(z.string()) });

const migration = z.object({
  sessions: z.number(),
  isWhole: z.boolean(),
  machines: z.array(z.object({ machine: z.string(), from: z.number(), to: z.number(), sessions: z.number() })),
  unreadable: z.array(z.object({ sessionId: z.string(), reason: z.string() })),
});
export type Migration = z.infer<typeof migration>;

export interface MachineName {
  readonly id: string;
  readonly version: number;
}

export interface MachinesApi {
  list(): Promise<readonly ListedMachine[]>;
  graph(machine: MachineName): Promise<MachineGraph>;
  /** Open sessions in the state, newest first, at most some 20. */
  sessionsIn(machine: MachineName, state: string): Promise<readonly SessionInState[]>;
  /** What the migrations would do to the machine's live sessions. */
  migration(machine: MachineName): Promise<Migration>;
}

const MOST_SHOWN = 20;
/** Pages of 200 that are read for sessions of one version, as the API has no filter for it. */
const MOST_PAGES = 5;

export function machinesApi(request: ApiRequest): MachinesApi {
  const get = (path: string): Promise<unknown> => request('GET', path);
  const path = ({ id, version }: MachineName, what: string): string => `/machines/${encodeURIComponent(id)}/${what}?version=${version}`;
  return {
    list: async () => list.parse(await get('/machines')).machines,
    graph: async (machine) => graphSchema.parse(await get(path(machine, 'graph'))),
    async sessionsIn(machine, state) {
      const found: SessionInState[] = [];
      let cursor: string | null = '';
      for (let read = 0; read < MOST_PAGES && cursor !== null && found.length < MOST_SHOWN; read++) {
        const query: string = `state=${encodeURIComponent(state)}&open=true&limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
        const { sessions, next } = page.parse(await get(`/sessions?${query}`));
        found.push(...sessions.filter((one) => one.machine.id === machine.id && one.machine.version === machine.version));
        cursor = next;
      }
      return found.slice(0, MOST_SHOWN);
    },
    migration: async (machine) => migration.parse(await get(path(machine, 'migration'))),
  };
}
