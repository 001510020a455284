/** Requests to `/api` with the agent's token. */
import * as z from 'zod/mini';
import type { Token } from '../client/client.ts';

/** The server refused a request. `message` is its explanation. */
export class ApiError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
  }
}

export interface ApiClient {
  /** Rejects with `ApiError`, or with another error if the server cannot be reached. */
  json(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown>;
  blob(path: string): Promise<Blob>;
}

const TIMEOUT_MS = 15_000;
const problem = z.object({ code: z.string(), detail: z.optional(z.string()), title: z.optional(z.string()) });

/** @param body of an answer that is no success, as text. */
export function apiError(status: number, body: string): ApiError {
  try {
    const { code, detail, title } = problem.parse(JSON.parse(body));
    return new ApiError(code, detail ?? title ?? code);
  } catch {
    return new ApiError('unavailable', `The server answered with ${status}.`);
  }
}

export function apiClient(http: typeof fetch, token: () => Promise<Token | undefined>): ApiClient {
  const request = async (method: string, path: string, body?: object): Promise<Response> => {
    const known = await token();
    const response = await http(path, {
      method,
      headers: {
        Authorization: `Bearer ${known?.token ?? ''}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw apiError(response.status, await response.text());
    return response;
  };
  return {
    json: async (method, path, body) => (await request(method, path, body)).json(),
    blob: async (path) => (await request('GET', path)).blob(),
  };
}
