/** What an error means for the effect that threw it: whether, and when, it is tried again. */
import { StatechatError, Unavailable } from '#machines/errors.ts';

interface RetryPolicy {
  readonly retryable: boolean;
  readonly code: string;
  readonly reason: string;
  /** Milliseconds until the next attempt. */
  readonly waitMs: number;
  /** A provider that says when to come back has not failed us: such an attempt does not count. */
  readonly counts: boolean;
}

/** In milliseconds. */
const FIRST_WAIT_MS = 250;
/** A wait longer than this frees the lane for whoever comes by, in milliseconds. Only a provider that says when to come back asks for one. */
export const LONGEST_HOLD_MS = 30_000;

/** Only what says so itself is final; anything else may pass. Waits double from attempt to attempt. */
export function classifyFailure(error: unknown, attempt: number): RetryPolicy {
  const known = error instanceof StatechatError;
  const asked: unknown = Reflect.get(Object(error), 'retryAfterMs');
  return {
    retryable: known ? error.retryable : true,
    code: known ? error.code : 'effect_threw',
    reason: error instanceof Error ? error.message : String(error),
    waitMs: typeof asked === 'number' ? asked : Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_HOLD_MS),
    counts: typeof asked !== 'number',
  };
}

/** To `catch` what our own store throws while an effect is tried: that it is away is no failure of the effect, and no attempt at it. */
export function rethrowUncounted(error: unknown): never {
  throw error instanceof Unavailable ? Object.assign(error, { retryAfterMs: FIRST_WAIT_MS }) : error;
}
