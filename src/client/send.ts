/** Sends requests, again if that may help. */
import { errorOf } from './problem.ts';

export interface SendOptions {
  readonly url: string;
  readonly token: string | (() => string | Promise<string>);
  readonly fetch: typeof fetch;
  readonly retries: number;
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Sending it again does nothing twice. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Waits between attempts, in milliseconds, where the server names none. */
const FIRST_WAIT_MS = 250;
const MOST_WAIT_MS = 30_000;
/** Answers after which the same request may succeed. */
const PASSING = new Set([429, 502, 503, 504]);

/** Rejects with `ApiError`, or with what fetch rejects with if the server cannot be reached. */
export async function send(options: SendOptions, { method, path, headers, body, repeatable, signal }: Sent): Promise<Response> {
  const { url, token, retries, wait } = options;
  for (let attempt = 0; ; attempt += 1) {
    const isLast = !repeatable || attempt >= retries;
    const authorization = `Bearer ${typeof token === 'string' ? token : await token()}`;
    let response: Response;
    try {
      response = await options.fetch(`${url}/api${path}`, {
        method,
        headers: { ...headers, authorization },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (isLast || signal?.aborted === true) throw error;
      await wait(waitOf(attempt, undefined), signal);
      continue;
    }
    if (response.ok) return response;
    // Nothing was done, so also what is not repeatable may be sent again.
    const again = response.status === 429 ? attempt < retries : !isLast && PASSING.has(response.status);
    if (!again) throw await errorOf(response);
    await response.body?.cancel();
    await wait(waitOf(attempt, response.headers.get('retry-after')), signal);
  }
}

function waitOf(attempt: number, retryAfter: string | null | undefined): number {
  const asked = Number(retryAfter) * 1_000;
  return Math.min(MOST_WAIT_MS, asked > 0 ? asked : FIRST_WAIT_MS * 2 ** attempt);
}

export function waiting(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
