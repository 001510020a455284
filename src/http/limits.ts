/** How much callers of /api may ask. */
import type { RequestHandler } from 'express';
import { networkOf, rateLimit, type StoreOf } from '#channels/rate-limit.ts';

/** Nobody mistypes a token so often; whoever guesses one of 16 characters has to wait for longer than they live. */
const ATTEMPTS_PER_MINUTE = 60;
const MINUTE = 60_000;

export interface ApiLimits {
  /** Requests with the right token, by where they come from: one that runs wild does not shut the others out. */
  readonly requests: RequestHandler;
  /** Requests without it. */
  readonly attempts: RequestHandler;
  close(): void;
}

/** @param storeOf where it is counted. Default: this instance. */
export function apiLimits(requestsPerMinute: number, storeOf?: StoreOf): ApiLimits {
  const requests = rateLimit({ counted: 'requests', windowMs: MINUTE, limit: requestsPerMinute, keyOf: networkOf, storeOf });
  const attempts = rateLimit({
    counted: 'requests without the right token',
    windowMs: MINUTE,
    limit: ATTEMPTS_PER_MINUTE,
    keyOf: networkOf,
    storeOf,
  });
  return {
    requests: requests.handler,
    attempts: attempts.handler,
    close: () => {
      requests.close();
      attempts.close();
    },
  };
}
