import { ReplyError } from 'ioredis';
import { StatechatError, Unavailable } from '#machines/errors.ts';

/**
 * What a Redis says that means "not now": starting up, stepping down, a cluster or replica set that is not whole, no
 * memory left, a disk that it cannot write to, a script that runs too long.
 */
const NOT_NOW = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|NOGOODSLAVE|OOM|MISCONF|BUSY|UNBLOCKED)\b/;

/** The program's word for what the driver threw. A defect of ours (a wrong command, a wrong type) comes back as it is. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StatechatError) return error;
  if (error instanceof ReplyError && !NOT_NOW.test(error.message)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return new Unavailable(
    `Redis could not be reached or did not answer in time (${error.message || code}). It is tried again.`,
    { code },
    error,
  );
}

/** What a Redis says that can serve nobody for now, or not us. */
const UNFIT = /^(LOADING|BUSY|MASTERDOWN|READONLY|NOAUTH)\b/;

/** Redis answered that it does not do this one thing: a key of another kind, no memory or disk left for what is written. */
export function isRefusal(error: unknown): boolean {
  const said = error instanceof Unavailable ? error.cause : error;
  return said instanceof Error && said instanceof ReplyError && !UNFIT.test(said.message);
}

export function timedOut(ms: number): Unavailable {
  return new Unavailable(`Redis did not answer within ${ms} ms. It is tried again.`, { code: 'ETIMEDOUT' });
}
