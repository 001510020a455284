/** The console reads colleagues over HTTP, and facts of a session that no event carries. */
import * as z from 'zod/mini';
import type { Token } from '../client/client.ts';

const agents = z.object({
  agents: z.array(z.object({ id: z.string(), name: z.string(), disabled: z.boolean() })),
  next: z.nullable(z.string()),
});
const session = z.object({ previousId: z.nullable(z.string()), closedAt: z.nullable(z.number()) });
export type SessionDetails = z.infer<typeof session>;

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

const TIMEOUT_MS = 15_000;

export function deskApi(http: typeof fetch, token: () => Promise<Token | undefined>): DeskApi {
  const get = async (path: string): Promise<unknown> => {
    const known = await token();
    const response = await http(path, {
      headers: { Authorization: `Bearer ${known?.token ?? ''}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  };
  return {
    async colleagues() {
      const found: Colleague[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page = agents.parse(await get(`/api/agents?limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`));
        found.push(...page.agents);
        cursor = page.next;
      }
      return found;
    },
    details: async (sessionId) => session.parse(await get(`/api/sessions/${encodeURIComponent(sessionId)}`)),
  };
}
