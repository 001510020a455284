/** Templates of a channel, which a provider approved, and their texts. */
import * as z from 'zod/mini';
import type { ApiRequest } from './api-request.ts';

const template = z.object({
  name: z.string(),
  language: z.string(),
  category: z.enum(['marketing', 'utility', 'authentication']),
  body: z.string(),
  parameters: z.number(),
});
export type Template = z.infer<typeof template>;
const answer = z.object({ templates: z.array(template) });

/** Those for a session. Rejects if they cannot be loaded. */
export async function templatesFor(api: ApiRequest, sessionId: string): Promise<readonly Template[]> {
  return answer.parse(await api('GET', `/sessions/${encodeURIComponent(sessionId)}/templates`)).templates;
}

/** What the customer reads. A place without a value stays as it is. */
export function textOf({ body }: Pick<Template, 'body'>, parameters: readonly string[]): string {
  return body.replaceAll(/\{\{(\d{1,3})\}\}/g, (place, number) => parameters[Number(number) - 1]?.trim() || place);
}

/** The window for free text has ended by this time. */
export function isWindowClosed(windowUntil: number | undefined, now: number): boolean {
  return windowUntil !== undefined && now > windowUntil;
}
