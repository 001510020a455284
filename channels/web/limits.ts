/** How much one visitor, and one network, may ask of this channel. Counted where the caller says, else per instance in memory that is bounded by the window. */
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, MemoryStore, rateLimit, type Store } from 'express-rate-limit';
import { sendProblem } from './problem.ts';

export interface WebLimits {
  /** New visitors per IP (IPv6: per /56) and hour. Default 60: an office behind one address, not a flood. */
  readonly visitorsPerHour: number;
  /** Messages per visitor and minute. Default 30; a person types far fewer. */
  readonly messagesPerMinute: number;
  /** Receipts and typing notices per visitor and minute. Default 240. */
  readonly signalsPerMinute: number;
  /** Requests that open a stream, per visitor and minute. Default 60. */
  readonly streamOpeningsPerMinute: number;
  /** Streams that one visitor holds at a time. One more ends the oldest. Default 8. */
  readonly streamsPerVisitor: number;
  /** Streams on this instance. Default 10,000; one costs about 30 KB. */
  readonly streams: number;
}

export const DEFAULT_LIMITS: WebLimits = {
  visitorsPerHour: 60,
  messagesPerMinute: 30,
  signalsPerMinute: 240,
  streamOpeningsPerMinute: 60,
  streamsPerVisitor: 8,
  streams: 10_000,
};

export interface RateLimits {
  readonly visitors: RequestHandler;
  readonly messages: RequestHandler;
  readonly signals: RequestHandler;
  readonly streams: RequestHandler;
  close(): void;
}

/**
 * @param visitorOf the id of the visitor whose token was checked before.
 * @param storeOf counts what the limit of this name is for.
 */
export function rateLimits(
  limits: WebLimits,
  visitorOf: (request: Request) => string,
  storeOf: (name: string) => Store = () => new MemoryStore(),
): RateLimits {
  const stores: Store[] = [];
  function limiter(name: string, windowMs: number, limit: number, key: 'ip' | 'visitor'): RequestHandler {
    const store = storeOf(name);
    stores.push(store);
    return rateLimit({
      windowMs,
      limit,
      store,
      identifier: name,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      // Whether a proxy's word on the client's address counts is the application's choice, by `trust proxy`.
      validate: { xForwardedForHeader: false, forwardedHeader: false },
      keyGenerator: (request) => (key === 'ip' ? ipKeyGenerator(request.ip ?? 'unknown') : visitorOf(request)),
      handler: (_request, response) => {
        const seconds = Number(response.getHeader('Retry-After') ?? Math.ceil(windowMs / 1000));
        sendProblem(response, {
          status: 429,
          code: 'rate_limited',
          title: 'Too many requests',
          detail: `At most ${limit} ${name} are taken in ${windowMs / 1000} seconds. Send it again in ${seconds} seconds; a message keeps its id.`,
          retryAfter: seconds,
        });
      },
    });
  }
  const minute = 60_000;
  return {
    visitors: limiter('new visitors', 60 * minute, limits.visitorsPerHour, 'ip'),
    messages: limiter('messages', minute, limits.messagesPerMinute, 'visitor'),
    signals: limiter('signals', minute, limits.signalsPerMinute, 'visitor'),
    streams: limiter('streams', minute, limits.streamOpeningsPerMinute, 'visitor'),
    close: () => {
      for (const store of stores) store.shutdown?.();
    },
  };
}
