import { ReplyError } from 'ioredis';
import { StatechatError, Unavailable } from '#machines/errors.ts';

/**
 * Answers of Redis that pass by themselves, such as starting up, stepping down, an incomplete
 * cluster or replica set, no memory left, an unwritable disk, a script that runs too long.
 */
const NOT_NOW = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|NOGOODSLAVE|OOM|MISCONF|BUSY|UNBLOCKED)\b/;

/** An operator has to change something. A running program continues once it is changed. */
const LOGIN = /^(NOAUTH|WRONGPASS)\b/;

/**
 * Maps an error of the driver to ours. A defect of ours (a wrong command, a wrong type) is returned
 * unchanged.
 */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StatechatError) return error;
  if (error instanceof ReplyError && LOGIN.test(error.message)) {
    const message = `Redis refuses (${error.message}). Correct the user and the password in REDIS_URL, or REDIS_PASSWORD.`;
    return new StatechatError('database_refused', message, { retryable: true, expose: false, cause: error });
  }
  if (error instanceof ReplyError && !NOT_NOW.test(error.message)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return new Unavailable(
    `Redis could not be reached or did not answer in time (${error.message || code}). It is tried again.`,
    { code },
    error,
  );
}

/** Answers of a Redis that can serve no client for now, or not this one. */
const UNFIT = /^(LOADING|BUSY|MASTERDOWN|READONLY|NOAUTH)\b/;

/**
 * Redis answered that it refuses this one command, because of a key of another kind, or no memory
 * or disk left for a write.
 */
export function isRefusal(error: unknown): boolean {
  const cause = error instanceof Unavailable ? error.cause : error;
  return cause instanceof Error && cause instanceof ReplyError && !UNFIT.test(cause.message);
}

export function timedOut(ms: number): Unavailable {
  return new Unavailable(`Redis did not answer within ${ms} ms. It is tried again.`, { code: 'ETIMEDOUT' });
}
