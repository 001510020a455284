/** What a page says of a request that failed, and what the reader can do about it. */
import { ApiRefusal } from '../inbox/api-request.ts';
import type { SessionStrings } from './session-strings.ts';

type Words = SessionStrings['problems'];

/** Codes of refusals whose texts are the page's own. Others come with a text of the server. */
const KNOWN = {
  unauthorized: 'ended',
  unreplayable: 'unreplayable',
  changed: 'changed',
} as const satisfies Readonly<Record<string, keyof Words>>;

export function codeOf(error: unknown): string | undefined {
  return error instanceof ApiRefusal ? error.code : undefined;
}

/** @param missing says what is not there, for a refusal with the code `not_found`. */
export function problemText(error: unknown, words: Words, missing: string): string {
  if (!(error instanceof ApiRefusal)) return words.unreachable;
  if (error.code === 'not_found') return missing;
  const known = Object.entries(KNOWN).find(([code]) => code === error.code)?.[1];
  return known === undefined ? error.message || words.unreachable : words[known];
}
