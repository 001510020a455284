/**
 * Requests to an agent process with their credentials and time limits, and the mapping of its
 * errors to ours.
 */
import * as z from 'zod';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';

export interface AgentEndpoint {
  /** Of the agent process, without a slash at the end. */
  readonly url: string;
  /** Its bearer token. */
  readonly token: string;
}

export interface Ask {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const problem = z.object({ code: z.string(), detail: z.string() });

/**
 * Resolves to a successful (2xx) response. Rejects with `Unavailable` if the process cannot be
 * reached or answers 503, with `InvalidInput` and `not_found` as the process does, and with
 * `refused` if the two do not understand each other.
 */
export async function request({ url, token }: AgentEndpoint, { method, path, body, headers, signal }: Ask): Promise<Response> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    redirect: 'error',
    signal,
    ...(body === undefined ? {} : { body }),
  }).catch((cause: unknown) => {
    throw unreachable(url, cause);
  });
  if (response.ok) return response;
  const answer = problem.safeParse(await response.json().catch(() => undefined));
  throw errorOf(url, response.status, answer.success ? answer.data : undefined);
}

/** `cause` is for the log. */
export function unreachable(url: string, cause?: unknown): Unavailable {
  return new Unavailable(`The agent process at ${url} cannot be reached.`, { url }, cause);
}

/** It answers, but not as an agent process of this version does. */
export function strange(url: string, what: string, cause?: unknown): StatechatError {
  const message = `What answers at ${url} (AGENT_URL) is no agent process of this version: ${what}. Run \`statechat agent\` of the same version there.`;
  return new StatechatError('refused', message, { expose: false, facts: { url }, cause });
}

function errorOf(url: string, status: number, reported: z.output<typeof problem> | undefined): StatechatError {
  if (status === 429 || (status >= 502 && status <= 504))
    return new Unavailable(`The agent process at ${url} is not available now.`, { url, status });
  if (status === 401) {
    const message = `The agent process at ${url} (AGENT_URL) does not know our token. Set the same STATECHAT_API_TOKEN for both.`;
    return new StatechatError('refused', message, { expose: false, facts: { url } });
  }
  if (reported !== undefined && (status === 400 || status === 413)) return new InvalidInput(reported.detail, { url });
  if (reported?.code === 'not_found' || reported?.code === 'refused') return new StatechatError(reported.code, reported.detail);
  if (reported?.code === 'internal') return new StatechatError('internal', reported.detail, { expose: false, facts: { url } });
  return strange(url, `it answered with status ${status}`);
}
