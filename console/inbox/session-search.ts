/** Search over all sessions, open and closed, or within one. */
import * as z from 'zod/mini';
import type { ApiRequest } from './api-request.ts';

const marks = z.array(z.tuple([z.number(), z.number()]));

const sessions = z.object({
  matches: z.array(
    z.object({
      session: z.object({ id: z.string(), address: z.string(), open: z.boolean() }),
      customer: z.nullable(z.string()),
      field: z.enum(['name', 'handle', 'phone', 'address', 'tag', 'text']),
      line: z.string(),
      marks,
      seq: z.nullable(z.number()),
      at: z.number(),
    }),
  ),
  complete: z.boolean(),
});
export type SearchAnswer = z.infer<typeof sessions>;
export type SearchMatch = SearchAnswer['matches'][number];

const messages = z.object({
  matches: z.array(
    z.object({
      sessionId: z.string(),
      seq: z.number(),
      at: z.number(),
      author: z.nullable(z.string()),
      text: z.nullable(z.string()),
      marks,
    }),
  ),
  next: z.nullable(z.string()),
});
export type MessageMatch = z.infer<typeof messages>['matches'][number];

export interface MessageAnswer {
  readonly matches: readonly MessageMatch[];
  readonly complete: boolean;
}

/** Rejects if the search cannot be made. */
export async function searchSessions(api: ApiRequest, query: string): Promise<SearchAnswer> {
  return sessions.parse(await api('GET', `/session-search?q=${encodeURIComponent(query)}`));
}

/** Messages and notes of one session, the last ones first. Rejects if the search cannot be made. */
export async function searchMessages(api: ApiRequest, query: string, sessionId: string): Promise<MessageAnswer> {
  const answer = messages.parse(await api('GET', `/search?q=${encodeURIComponent(query)}&session=${sessionId}&limit=100`));
  return { matches: answer.matches, complete: answer.next === null };
}
