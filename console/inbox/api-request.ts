/** A request to the HTTP API as the agent who is signed in. */
import * as z from 'zod/mini';
import type { Token } from '../client/client.ts';

const problem = z.object({ code: z.catch(z.string(), ''), detail: z.catch(z.string(), '') });

/** The server refused the request. `code` is one of its problems. */
export class ApiRefusal extends Error {
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.name = 'ApiRefusal';
    this.code = code;
  }
}

/** A request without an answer after this time is given up, in milliseconds. */
const TIMEOUT_MS = 15_000;

/**
 * Resolves to the JSON of the answer. Rejects with `ApiRefusal` if the server refuses, and with
 * another error if it cannot be reached.
 */
export type ApiRequest = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<unknown>;

export function apiRequest(http: typeof fetch, token: () => Promise<Token | undefined>): ApiRequest {
  return async (method, path, body) => {
    const known = await token();
    const response = await http(`/api${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${known?.token ?? ''}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return response.json();
    const { code, detail } = problem.parse(await response.json().catch(() => ({})));
    if (response.status < 500) throw new ApiRefusal(code, detail);
    throw new Error(`${path} answered ${response.status}`);
  };
}

/** All items of a list that comes in pages. `read` takes one page from its JSON. */
export async function allPages<Item>(
  get: (path: string) => Promise<unknown>,
  path: string,
  read: (json: unknown) => { readonly items: readonly Item[]; readonly next: string | null },
): Promise<readonly Item[]> {
  const found: Item[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = read(await get(`${path}?limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`));
    found.push(...page.items);
    cursor = page.next;
  }
  return found;
}
