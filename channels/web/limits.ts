/**
 * Rate limits of one visitor and of one network. The caller may give a place for the counts. By
 * default each instance counts in its memory, which the window bounds.
 */
import { getHeapStatistics } from 'node:v8';
import type { Request, RequestHandler } from 'express';
import { countOf, type Limiter, type LimiterOptions, networkOf, rateLimit, type StoreOf } from '#channels/rate-limit.ts';

/** What an idle stream takes of the heap, in bytes. It was measured as 37 KB. */
const STREAM_BYTES = 40_000;

export interface WebLimits {
  /**
   * New visitors per hour and IPv4 address or IPv6 /56. Default 600. Thousands of people can share
   * the address of an office or a carrier.
   */
  readonly visitorsPerHour: number;
  /**
   * Of them, those that wait for nothing. Default 60. After that the next ones are taken one by
   * one, and the pause between two grows by a second with every 20 that were taken. Refused
   * requests are not counted. A page waits by itself, so 200 people who come in one minute are all
   * in after ten. A script gets some 430 in an hour.
   */
  readonly visitorsAtOnce: number;
  /** Messages per visitor and minute. Default 30. A person types far fewer. */
  readonly messagesPerMinute: number;
  /** Receipts and typing notices per visitor and minute. Default 240. */
  readonly signalsPerMinute: number;
  /** Requests that open a stream, per visitor and minute. Default 60. */
  readonly streamOpeningsPerMinute: number;
  /** Files that a visitor loads in a minute. Default 60. Most are thumbnails. */
  readonly filesPerMinute: number;
  /** Files that a visitor uploads in a minute. Default 20. */
  readonly uploadsPerMinute: number;
  /** Files that come from one IPv4 address or IPv6 /56 in an hour. Default 600. */
  readonly uploadsPerHour: number;
  /** Streams that one visitor holds at a time. One more ends the oldest. Default 8. */
  readonly streamsPerVisitor: number;
  /**
   * Streams of one IPv4 address or IPv6 /56 on this instance. One more is refused, unless it can
   * replace one of the same visitor. Default 256, which is more than the open pages of most
   * offices.
   */
  readonly streamsPerAddress: number;
  /** Streams on this instance. Default is what a quarter of the heap holds, at most 10,000. */
  readonly streams: number;
}

export const DEFAULT_LIMITS: WebLimits = {
  visitorsPerHour: 600,
  visitorsAtOnce: 60,
  messagesPerMinute: 30,
  signalsPerMinute: 240,
  streamOpeningsPerMinute: 60,
  filesPerMinute: 60,
  uploadsPerMinute: 20,
  uploadsPerHour: 600,
  streamsPerVisitor: 8,
  streamsPerAddress: 256,
  streams: streamsWithin(getHeapStatistics().heap_size_limit),
};

/** Streams that a quarter of the heap holds. The rest is for turns and the session cache. */
export function streamsWithin(heapBytes: number): number {
  return Math.max(100, Math.min(10_000, Math.floor(heapBytes / 4 / STREAM_BYTES)));
}

export interface RateLimits {
  readonly visitors: readonly RequestHandler[];
  readonly messages: RequestHandler;
  readonly signals: RequestHandler;
  readonly streams: RequestHandler;
  readonly files: RequestHandler;
  readonly uploads: readonly RequestHandler[];
  close(): void;
}

/**
 * @param visitorOf the id of the visitor whose token was checked before.
 * @param storeOf where it is counted.
 * @param now milliseconds since the epoch.
 */
export function rateLimits(
  limits: WebLimits,
  visitorOf: (request: Request) => string,
  storeOf?: StoreOf,
  now: () => number = Date.now,
): RateLimits {
  const limiters: Limiter[] = [];
  function limiter(options: Omit<LimiterOptions, 'storeOf'>): Limiter {
    const made = rateLimit({ ...options, storeOf });
    limiters.push(made);
    return made;
  }
  const minute = 60_000;
  const perMinute = (counted: string, limit: number): RequestHandler =>
    limiter({ counted, windowMs: minute, limit, keyOf: visitorOf }).handler;
  const inAnHour = limiter({ counted: 'new visitors', windowMs: 60 * minute, limit: limits.visitorsPerHour, keyOf: networkOf });
  /** Seconds between two new visitors of the network, from those that were taken in this hour. */
  const pauses = new WeakMap<Request, number>();
  const pauseOf = (request: Request): number => pauses.get(request) ?? 1;
  // It comes before `inAnHour`, which so counts the visitors that are taken and no attempts.
  const oneByOne = limiter({
    counted: 'new visitors one by one',
    // Longer than any pause. The key has the number of the pause.
    windowMs: 10 * minute,
    limit: 1,
    skip: async (request) => {
      const taken = await inAnHour.counted(networkOf(request));
      const pause = Math.ceil((taken + 1 - limits.visitorsAtOnce) / 20);
      pauses.set(request, pause);
      // With no place left in the hour, `inAnHour` says when the next one begins.
      return pause <= 0 || taken >= limits.visitorsPerHour;
    },
    keyOf: (request) => `${networkOf(request)} ${pauseOf(request)} ${Math.floor(now() / 1_000 / pauseOf(request))}`,
    refusal: (request) => {
      // Each of those that wait has a pause of its own, so that they do not come back together.
      const seconds = pauseOf(request) * (countOf(request) - 1);
      const detail = `More than ${limits.visitorsAtOnce} new visitors came from this address in an hour, so they are taken one by one. Send it again in ${seconds} seconds.`;
      return { seconds, detail };
    },
  });
  return {
    visitors: [oneByOne.handler, inAnHour.handler],
    messages: perMinute('messages', limits.messagesPerMinute),
    signals: perMinute('signals', limits.signalsPerMinute),
    streams: perMinute('streams', limits.streamOpeningsPerMinute),
    files: perMinute('files', limits.filesPerMinute),
    uploads: [
      perMinute('uploads', limits.uploadsPerMinute),
      limiter({ counted: 'uploads of one address', windowMs: 60 * minute, limit: limits.uploadsPerHour, keyOf: networkOf }).handler,
    ],
    close: () => {
      for (const { close } of limiters) close();
    },
  };
}
