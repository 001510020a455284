/** Performs operations by the HTTP API of a running Statechat. The routes say how to call each. */
import * as z from 'zod';
import { HttpProblem } from '#channels/problem.ts';
import type { Secret } from '#machines/secret.ts';
import type { HttpRoute } from '../http/operation-routes.ts';
import { routes } from '../http/routes.ts';
import type { Perform } from '../mcp/perform.ts';
import { invalidInput, type Operation } from '../operations/operation.ts';

export interface RemoteOptions {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: Secret;
  /** What leads to another `url`, for messages. */
  readonly setting: string;
}

/**
 * How long one operation may take, in milliseconds. Market data waits for its turn up to a minute.
 */
const TIMEOUT_MS = 90_000;

const problemSchema = z.looseObject({ code: z.string(), title: z.string(), detail: z.string(), status: z.number() });

export function performRemotely({ url, token, setting }: RemoteOptions): Perform {
  return async (operation, readInput, { signal, onProgress } = {}, fieldNames) => {
    const input = readInput();
    const checked = operation.input.safeParse(input);
    if (!checked.success) throw invalidInput(checked.error, fieldNames ?? ((path) => path.map(String).join('.') || 'input'));
    onProgress?.({ done: 0, total: 1, message: `calling ${operation.name}` });
    const { path, init } = requestOf(routeTo(operation), Object(input));
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${url}/api${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token.reveal()}` },
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unreachable(url, setting, cause);
    });
    const body: unknown = await response.json().catch((cause: unknown) => {
      throw unreachable(url, setting, cause);
    });
    if (response.ok) return Object(body);
    throw problemIn(response, body, setting);
  };
}

function routeTo(operation: Operation): HttpRoute {
  const route = routes.find((one) => one.operation === operation);
  if (route === undefined) throw new Error(`The operation ${operation.name} has no route`);
  return route;
}

/** The inverse of how `operation-routes.ts` reads a request. */
function requestOf(route: HttpRoute, input: Readonly<Record<string, unknown>>) {
  const rest = new Map(Object.entries(input));
  const take = (field: string): string => {
    const value = rest.get(field);
    rest.delete(field);
    return String(value);
  };
  const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(take(route.params?.[name] ?? name)));
  const headers: Record<string, string> = { accept: 'application/json' };
  for (const [name, field] of Object.entries(route.headers ?? {})) if (rest.has(field)) headers[name] = take(field);
  const { method } = route;
  if (route.body === undefined) {
    const query = new URLSearchParams([...rest].map(([field, value]) => [field, String(value)]));
    return { path: query.size === 0 ? path : `${path}?${query}`, init: { method, headers } };
  }
  headers['content-type'] = 'application/json';
  return { path, init: { method, headers, body: JSON.stringify(Object.fromEntries(rest)) } };
}

function problemIn({ status }: Response, body: unknown, setting: string): HttpProblem {
  const parsed = problemSchema.safeParse(body);
  if (!parsed.success) {
    const detail = `The server answered with status ${status} and no problem document. Another program may be at ${setting}.`;
    return new HttpProblem({ status: 502, code: 'unavailable', title: 'No answer of Statechat', detail });
  }
  const { type: _type, code, title, detail, status: _status, ...facts } = parsed.data;
  return new HttpProblem({ status, code, title, detail, facts });
}

function unreachable(url: string, setting: string, cause: unknown): HttpProblem {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HttpProblem({
    status: 503,
    code: 'unavailable',
    title: 'Statechat cannot be reached',
    detail: `Statechat at ${url} cannot be reached (${reason}). Start it, or set ${setting}.`,
  });
}
