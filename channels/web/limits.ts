/**
 * Rate limits of one visitor and of one network. The caller may give a place for the counts. By
 * default each instance counts in its memory, which the window bounds.
 */
import type { Request, RequestHandler } from 'express';
import { type Limiter, networkOf, rateLimit, type StoreOf } from '#channels/rate-limit.ts';

export interface WebLimits {
  /**
   * New visitors per hour and IPv4 address or IPv6 /56. Default 60, enough for an office behind one
   * address.
   */
  readonly visitorsPerHour: number;
  /** Messages per visitor and minute. Default 30. A person types far fewer. */
  readonly messagesPerMinute: number;
  /** Receipts and typing notices per visitor and minute. Default 240. */
  readonly signalsPerMinute: number;
  /** Requests that open a stream, per visitor and minute. Default 60. */
  readonly streamOpeningsPerMinute: number;
  /** Files that a visitor loads in a minute. Default 30. Each may be 5 MB. */
  readonly filesPerMinute: number;
  /** Streams that one visitor holds at a time. One more ends the oldest. Default 8. */
  readonly streamsPerVisitor: number;
  /** Streams on this instance. Default 10,000. One takes about 30 KB. */
  readonly streams: number;
}

export const DEFAULT_LIMITS: WebLimits = {
  visitorsPerHour: 60,
  messagesPerMinute: 30,
  signalsPerMinute: 240,
  streamOpeningsPerMinute: 60,
  filesPerMinute: 30,
  streamsPerVisitor: 8,
  streams: 10_000,
};

export interface RateLimits {
  readonly visitors: RequestHandler;
  readonly messages: RequestHandler;
  readonly signals: RequestHandler;
  readonly streams: RequestHandler;
  readonly files: RequestHandler;
  close(): void;
}

/**
 * @param visitorOf the id of the visitor whose token was checked before.
 * @param storeOf where it is counted.
 */
export function rateLimits(limits: WebLimits, visitorOf: (request: Request) => string, storeOf?: StoreOf): RateLimits {
  const limiters: Limiter[] = [];
  function limiter(counted: string, windowMs: number, limit: number, key: 'ip' | 'visitor'): RequestHandler {
    const made = rateLimit({ counted, windowMs, limit, keyOf: key === 'ip' ? networkOf : visitorOf, storeOf });
    limiters.push(made);
    return made.handler;
  }
  const minute = 60_000;
  return {
    visitors: limiter('new visitors', 60 * minute, limits.visitorsPerHour, 'ip'),
    messages: limiter('messages', minute, limits.messagesPerMinute, 'visitor'),
    signals: limiter('signals', minute, limits.signalsPerMinute, 'visitor'),
    streams: limiter('streams', minute, limits.streamOpeningsPerMinute, 'visitor'),
    files: limiter('files', minute, limits.filesPerMinute, 'visitor'),
    close: () => {
      for (const { close } of limiters) close();
    },
  };
}
