/** Search over all sessions, open and closed. */
import * as z from 'zod/mini';
import type { ApiRequest } from './api-request.ts';

const answer = z.object({
  matches: z.array(
    z.object({
      session: z.object({ id: z.string(), address: z.string(), open: z.boolean() }),
      customer: z.nullable(z.string()),
      field: z.enum(['name', 'handle', 'phone', 'address', 'tag', 'text']),
      line: z.string(),
      seq: z.nullable(z.number()),
      at: z.number(),
    }),
  ),
  complete: z.boolean(),
});
export type SearchAnswer = z.infer<typeof answer>;
export type SearchMatch = SearchAnswer['matches'][number];

/** Rejects if the search cannot be made. */
export async function searchSessions(api: ApiRequest, query: string): Promise<SearchAnswer> {
  return answer.parse(await api('GET', `/session-search?q=${encodeURIComponent(query)}`));
}
