/**
 * Rate limits. They are counted in the caller's store, else per instance in memory that is bounded
 * by the window.
 */
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit as limited, MemoryStore, type Store } from 'express-rate-limit';
import { sendProblem } from '#channels/problem.ts';

/** Counts what is named so. */
export type StoreOf = (counted: string) => Store;

export interface LimiterOptions {
  /** What is counted, in the plural. */
  readonly counted: string;
  readonly windowMs: number;
  /** A function decides for each request. */
  readonly limit: number | ((request: Request, response: Response) => number);
  /** Key to count under. */
  readonly keyOf: (request: Request, response: Response) => string;
  readonly storeOf?: StoreOf | undefined;
  /** Counts requests that the caller got wrong, answered with 4xx. Default all. */
  readonly failuresOnly?: boolean;
  /** Requests that are not counted. Default none. */
  readonly skip?: (request: Request) => boolean | Promise<boolean>;
  /** The seconds to wait and why, in place of what the window says. */
  readonly refusal?: (request: Request) => { readonly seconds: number; readonly detail: string };
}

export interface Limiter {
  readonly handler: RequestHandler;
  /** How often the key was counted in the window that is under way. */
  counted(key: string): Promise<number>;
  close(): void;
}

/** What is beyond the limit is answered with 429, `rate_limited`, and `Retry-After`. */
export function rateLimit({ counted, windowMs, limit, keyOf, storeOf, failuresOnly = false, skip, refusal }: LimiterOptions): Limiter {
  const store = storeOf?.(counted) ?? new MemoryStore();
  const byWindow = (request: Request, response: Response) => {
    const seconds = Number(response.getHeader('Retry-After') ?? Math.ceil(windowMs / 1_000));
    const most = typeof limit === 'number' ? limit : limit(request, response);
    const detail = `At most ${most} ${counted} are taken in ${windowMs / 1_000} seconds. Send it again in ${seconds} seconds, under the same id.`;
    return { seconds, detail };
  };
  const handler = limited({
    windowMs,
    limit,
    store,
    identifier: counted,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // The application's `trust proxy` decides whether a proxy's header for the client's address
    // counts.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    keyGenerator: keyOf,
    skipSuccessfulRequests: failuresOnly,
    requestWasSuccessful: (_request, { statusCode }) => statusCode < 400 || statusCode >= 500,
    ...(skip === undefined ? {} : { skip }),
    handler: (request, response) => {
      const { seconds, detail } = refusal?.(request) ?? byWindow(request, response);
      sendProblem(response, {
        status: 429,
        code: 'rate_limited',
        title: 'Too many requests',
        detail,
        retryAfter: seconds,
      });
    },
  });
  return { handler, counted: async (key) => (await store.get?.(key))?.totalHits ?? 0, close: () => store.shutdown?.() };
}

/** How often a request was counted, by the limiter before this one. */
export function countOf(request: Request): number {
  const { rateLimit: counted }: { readonly rateLimit?: { readonly used: number } } = request as object;
  return counted?.used ?? 0;
}

/** One IPv4 address, or one /56 of IPv6. */
export function networkOf(request: Request): string {
  return ipKeyGenerator(request.ip ?? 'unknown');
}

/**
 * The same for a request that Express does not see, such as the upgrade to a WebSocket. Each proxy
 * appends the address that it was called from to `X-Forwarded-For`.
 */
export function networkBehind({ socket, headers }: IncomingMessage, trustedProxies: number): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  const addresses = [socket.remoteAddress ?? 'unknown', ...forwarded.map((one) => one.trim()).reverse()].filter((one) => one !== '');
  return ipKeyGenerator(addresses[Math.min(trustedProxies, addresses.length - 1)] ?? 'unknown');
}
