/**
 * The retry policy of effects. It decides whether an error is final, and when the effect is tried
 * again.
 */
import { StatechatError, Unavailable } from '#machines/errors.ts';

interface RetryPolicy {
  readonly retryable: boolean;
  readonly code: string;
  readonly reason: string;
  /** Milliseconds until the next attempt. */
  readonly waitMs: number;
  /** False if the provider set the time to come back, because such an attempt is no failure. */
  readonly counts: boolean;
  /** Another instance has to do it, because it holds what the effect needs. */
  readonly elsewhere: boolean;
}

/** The wait after the first attempt, in milliseconds. It doubles from attempt to attempt. */
const FIRST_WAIT_MS = 250;
/**
 * A wait longer than this releases the lane for other instances, in milliseconds. Only a provider
 * that sets the time to come back causes one.
 */
export const LONGEST_HOLD_MS = 30_000;
/** No provider's wait is taken to be longer, in milliseconds. Then it is tried again. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1_000;

/** Only an error that is marked as not retryable is final. Any other may pass. */
export function classifyFailure(error: unknown, attempt: number): RetryPolicy {
  const known = error instanceof StatechatError;
  const demanded = demandedWait(error);
  return {
    retryable: known ? error.retryable : true,
    code: known ? error.code : 'effect_threw',
    reason: error instanceof Error ? error.message : String(error),
    waitMs: demanded ?? Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_HOLD_MS),
    counts: demanded === undefined,
    elsewhere: Reflect.get(Object(error), 'elsewhere') === true,
  };
}

/** The wait that the provider set, in whole milliseconds that a store can keep. */
function demandedWait(error: unknown): number | undefined {
  const demanded: unknown = Reflect.get(Object(error), 'retryAfterMs');
  if (typeof demanded !== 'number' || Number.isNaN(demanded)) return undefined;
  return Math.ceil(Math.min(Math.max(demanded, 0), LONGEST_WAIT_MS));
}

/**
 * For `catch` around calls of the store within an attempt. That the store is away is no failure of
 * the effect, and no attempt at it.
 */
export function rethrowUncounted(error: unknown): never {
  throw error instanceof Unavailable ? Object.assign(error, { retryAfterMs: FIRST_WAIT_MS }) : error;
}
