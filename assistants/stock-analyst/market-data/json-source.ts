/**
 * GET requests to a provider that answers JSON and takes its key as a query parameter.
 * Owns the time limit, the size limit, the meaning of a status, and the secrecy of the key. URLs
 * never go into an error, and quoted provider messages have the key removed (Alpha Vantage repeats
 * it).
 * Does not own the meaning of an answer, retries.
 */
import { InvalidInput, StatechatError, Unavailable } from '../../index.ts';
import { limited, refusedBy } from './failures.ts';
import type { RequestPace } from './pace.ts';

export interface JsonSourceOptions {
  readonly provider: string;
  /** The environment's name of the key, for messages. */
  readonly keyName: string;
  readonly apiKey: string;
  readonly baseUrl: string;
  /** Milliseconds for one whole answer. Default 10,000. */
  readonly timeoutMs?: number;
  /** Requests that the provider allows. Default is unlimited. */
  readonly pace?: RequestPace | undefined;
}

/**
 * Most bytes of one answer. Eight quarters are some 30 kB. Alpha Vantage sends 20 years, some 300
 * kB.
 */
const MAX_BYTES = 5_000_000;

export class JsonSource {
  readonly provider: string;
  readonly #options: JsonSourceOptions & { readonly timeoutMs: number };

  constructor(options: JsonSourceOptions) {
    if (options.apiKey === '') throw new InvalidInput(`Set ${options.keyName}: ${options.provider} needs a key.`);
    if (!URL.canParse(options.baseUrl)) throw new InvalidInput(`The base URL of ${options.provider} is not a URL.`);
    this.provider = options.provider;
    this.#options = { timeoutMs: 10_000, ...options };
  }

  async get(path: string, query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<unknown> {
    const { baseUrl, apiKey, timeoutMs, pace } = this.#options;
    await pace?.take(this.provider, signal);
    const url = new URL(`${baseUrl.replace(/\/$/, '')}${path}`);
    for (const [name, value] of Object.entries({ ...query, apikey: apiKey })) url.searchParams.set(name, value);
    const limit = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      // A redirect could send the key to another host.
      response = await fetch(url, {
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
        redirect: 'error',
        headers: { accept: 'application/json' },
      });
      text = await bodyOf(response);
    } catch (error) {
      if (error instanceof StatechatError) throw error;
      signal?.throwIfAborted();
      const facts = { provider: this.provider };
      if (limit.aborted) throw new Unavailable(`${this.provider} did not answer within ${timeoutMs / 1_000} s. Try again.`, facts);
      throw new Unavailable(`${this.provider} could not be reached. Check the network and its base URL.`, {
        ...facts,
        reason: reasonOf(error),
      });
    }
    if (!response.ok) throw this.#failure(response, text);
    try {
      return JSON.parse(text);
    } catch {
      throw new Unavailable(`${this.provider} sent an answer that is not JSON. Try again. If this persists, check its base URL.`, {
        provider: this.provider,
        status: response.status,
      });
    }
  }

  /** Provider's own message, safe to show to the operator. */
  quoted(answer: string): string {
    const { apiKey } = this.#options;
    return answer.replaceAll(apiKey, '[key]').replaceAll(encodeURIComponent(apiKey), '[key]').replaceAll(/\s+/g, ' ').slice(0, 300);
  }

  /** A refusal that has to do with the key or what it may do. */
  refused(answer: string): StatechatError {
    return refusedBy(this.provider, this.quoted(answer), `Check ${this.#options.keyName} and what its plan includes.`);
  }

  #failure(response: Response, text: string): StatechatError {
    if (response.status === 429) return limited(this.provider, retryAfter(response.headers.get('retry-after')));
    if (response.status >= 500 || response.status === 408) {
      return new Unavailable(`${this.provider} cannot answer now (${response.status}). Try again.`, {
        provider: this.provider,
        status: response.status,
      });
    }
    return this.refused(`status ${response.status}: ${text}`);
  }
}

async function bodyOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Unavailable(`An answer is larger than ${MAX_BYTES} bytes: it is not market data. Check the base URL.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** `ECONNREFUSED` and the like. The error itself is dropped, because it may contain the URL. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown';
}

/**
 * In milliseconds. The header has seconds, or a date that is of no use without the server's clock.
 */
function retryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}
