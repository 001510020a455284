/** How many requests callers of /api can send. */
import type { Request, RequestHandler, Response } from 'express';
import { networkOf, rateLimit, type StoreOf } from '#channels/rate-limit.ts';
import { callerOf } from './bearer.ts';

/**
 * A person does not mistype a token so often. At this rate, guessing a token of 16 characters takes
 * longer than a life.
 */
const ATTEMPTS_PER_MINUTE = 60;
const MINUTE = 60_000;

export interface ApiLimits {
  /**
   * Requests with the right token, counted by agent and by token, and by network for the first one,
   * so that one caller that runs wild does not shut out the others.
   */
  readonly requests: RequestHandler;
  /** Requests without it. */
  readonly attempts: RequestHandler;
  close(): void;
}

/** @param storeOf counts requests. By default this instance does. */
export function apiLimits(requestsPerMinute: number, storeOf?: StoreOf): ApiLimits {
  const limitOf = (_request: Request, response: Response): number => callerOf(response).token?.requestsPerMinute ?? requestsPerMinute;
  const requests = rateLimit({ counted: 'requests', windowMs: MINUTE, limit: limitOf, keyOf: keyOfCaller, storeOf });
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

/** An office has one address and many agents. */
function keyOfCaller(request: Request, response: Response): string {
  const { kind, agent, token } = callerOf(response);
  if (token !== undefined) return `token ${token.id}`;
  return kind === 'agent' ? `agent ${agent.id}` : networkOf(request);
}
