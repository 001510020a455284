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
  const respond = apiResponse(http, token);
  return async (method, path, body) => (await respond(method, path, body)).json();
}

export interface ResponseOptions {
  /** Type of the answer. Default is JSON. */
  readonly accept?: string;
  /** Gives the request up, in place of the limit in time. */
  readonly signal?: AbortSignal;
}

/** The answer itself, for one that is read as it comes. Rejects like `ApiRequest`. */
export type ApiResponse = (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
  options?: ResponseOptions,
) => Promise<Response>;

export function apiResponse(http: typeof fetch, token: () => Promise<Token | undefined>): ApiResponse {
  return async (method, path, body, { accept = 'application/json', signal = AbortSignal.timeout(TIMEOUT_MS) } = {}) => {
    const known = await token();
    const response = await http(`/api${path}`, {
      method,
      headers: {
        Accept: accept,
        Authorization: `Bearer ${known?.token ?? ''}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    if (response.ok) return response;
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
