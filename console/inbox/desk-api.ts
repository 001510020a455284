/** The console reads colleagues over HTTP, and facts of a session that no event carries. */
import * as z from 'zod/mini';
import { type ApiRequest, allPages } from './api-request.ts';
import { customerIn, type KnownCustomer } from './canned-text.ts';
import { type FactFields, factFields } from './fact-fields.ts';
import { factsIn, type SessionFacts } from './session-facts.ts';

const agents = z.object({
  agents: z.array(z.object({ id: z.string(), name: z.string(), disabled: z.boolean() })),
  next: z.nullable(z.string()),
});
const session = z.object({
  version: z.number(),
  previousId: z.nullable(z.string()),
  closedAt: z.nullable(z.number()),
  snapshot: z.unknown(),
  reactions: z.optional(z.boolean()),
  replies: z.optional(z.boolean()),
  factFields: z.optional(factFields),
});

export interface SessionDetails {
  /** The last entry that they know of. */
  readonly version: number;
  readonly previousId: string | null;
  readonly closedAt: number | null;
  readonly facts: SessionFacts | undefined;
  /** The channel takes reactions. */
  readonly reactions?: boolean | undefined;
  /** The channel shows which message another one answers. */
  readonly replies?: boolean | undefined;
  /** How the assistant's facts are shown. */
  readonly factFields?: FactFields | undefined;
  readonly customer?: KnownCustomer;
}

export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
}

export interface DeskApi {
  /** Rejects if they cannot be loaded. */
  colleagues(): Promise<readonly Colleague[]>;
  details(sessionId: string): Promise<SessionDetails>;
}

export function deskApi(request: ApiRequest): DeskApi {
  const get = (path: string): Promise<unknown> => request('GET', path);
  return {
    colleagues: () =>
      allPages(get, '/agents', (json) => {
        const { agents: items, next } = agents.parse(json);
        return { items, next };
      }),
    async details(sessionId) {
      const { snapshot, ...known } = session.parse(await get(`/sessions/${encodeURIComponent(sessionId)}`));
      return { ...known, facts: factsIn(snapshot), customer: customerIn(snapshot) };
    },
  };
}
