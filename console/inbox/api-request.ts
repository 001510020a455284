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

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Resolves to the JSON of the answer. Rejects with `ApiRefusal` if the server refuses, and with
 * another error if it cannot be reached.
 */
export type ApiRequest = (method: Method, path: string, body?: object) => Promise<unknown>;

export function apiRequest(http: typeof fetch, token: () => Promise<Token | undefined>): ApiRequest {
  const respond = apiResponse(http, token);
  return async (method, path, body) => (await respond(method, path, body)).json();
}

/** Reads the bytes of a file. Rejects as `ApiRequest` does. */
export type ApiFile = (path: string) => Promise<Blob>;

export function apiFile(http: typeof fetch, token: () => Promise<Token | undefined>): ApiFile {
  const respond = apiResponse(http, token);
  return async (path) => (await respond('GET', path, undefined, { accept: '*/*' })).blob();
}

export interface ResponseOptions {
  /** Type of the answer. Default is JSON. */
  readonly accept?: string;
  /** Gives the request up, in place of the limit in time. */
  readonly signal?: AbortSignal;
}

/** The answer itself, for one that is read as it comes. Rejects like `ApiRequest`. */
export type ApiResponse = (method: Method, path: string, body?: object, options?: ResponseOptions) => Promise<Response>;

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
    throw refusalOf(path, response.status, await response.text());
  };
}

/** The error of an answer that is no success, from its status and its text. */
export function refusalOf(path: string, status: number, text: string): Error {
  if (status >= 500) return new Error(`${path} answered ${status}`);
  let json: unknown = {};
  try {
    json = JSON.parse(text);
  } catch {
    // Then the refusal has no code.
  }
  const { code, detail } = problem.parse(json);
  return new ApiRefusal(code, detail);
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
