/**
 * What the SDK throws, as the project's own errors. `unavailable` is retried, `context_full` may be
 * solved by a shorter request, and `refused` is neither.
 */
import Anthropic from '@anthropic-ai/sdk';
import { type StatechatError, Unavailable } from '#machines/errors.ts';
import { contextFull, refused } from '../provider.ts';

type Outcome = 'unavailable' | 'refused';

/**
 * Every kind of error of the SDK. A kind that a later SDK adds does not compile until it is decided
 * here. docs/reference/agent-service.md says what follows from each. The kind decides about an
 * error inside a stream, which has no status.
 */
const KINDS: Readonly<Record<Anthropic.ErrorType, Outcome>> = {
  api_error: 'unavailable',
  overloaded_error: 'unavailable',
  rate_limit_error: 'unavailable',
  timeout_error: 'unavailable',
  conflict_error: 'unavailable',
  invalid_request_error: 'refused',
  authentication_error: 'refused',
  billing_error: 'refused',
  permission_error: 'refused',
  not_found_error: 'refused',
  memory_precondition_failed_error: 'refused',
  memory_path_conflict_error: 'refused',
};

/**
 * 4xx statuses that may pass by themselves, such as a timeout, a lock or a limit. The SDK retries
 * the same ones.
 */
const PASSING_STATUS = new Set([408, 409, 429]);

/** The request has more bytes than the API takes. */
const TOO_LARGE = 413;

/** The API has no kind of its own for a prompt that is too long, only words like these. */
const TOO_LONG = /prompt is too long|exceeds?\b.{0,40}\bcontext (?:limit|window)|context (?:window|length) exceeded/i;
const NO_CREDIT = /credit balance/i;

const MEND: Readonly<Record<number, string>> = {
  401: 'Check ANTHROPIC_API_KEY.',
  402: 'Check the credit of the account.',
  403: 'Check what the key may do.',
  404: 'Check ANTHROPIC_MODEL and ANTHROPIC_BASE_URL.',
};

/** Never an abort. The caller has checked the signal before. */
export function failure(error: unknown): StatechatError {
  if (!(error instanceof Anthropic.APIError)) {
    const reason = error instanceof SyntaxError ? 'sent an event that is not JSON' : 'broke off in the middle of its answer';
    return new Unavailable(`The Anthropic API ${reason}. Try again.`, {}, error);
  }
  if (error instanceof Anthropic.APIConnectionTimeoutError) {
    return new Unavailable('The Anthropic API did not answer in time. Try again.', {}, error);
  }
  if (error instanceof Anthropic.APIConnectionError) {
    return new Unavailable('The Anthropic API could not be reached. Check the network and ANTHROPIC_BASE_URL.', {}, error);
  }
  const status: unknown = error.status;
  const message = error.apiMessage ?? error.message;
  const kind = error.type;
  const facts = { provider: 'anthropic', kind, ...(error.requestID ? { requestId: error.requestID } : {}) };
  if (typeof status !== 'number') {
    // An error event inside a stream has a kind and no status.
    if (outcomeOf(kind) === 'unavailable') {
      return new Unavailable(`The Anthropic API failed in the middle of its answer: ${message}`, facts, error);
    }
    return refusal(message, facts, error);
  }
  if (status >= 500 || PASSING_STATUS.has(status)) {
    const retryAfterMs = retryAfter(error.headers);
    return new Unavailable(
      `The Anthropic API cannot answer now (${status}): ${message}`,
      { ...facts, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
      error,
    );
  }
  return refusal(message, { ...facts, status }, error);
}

interface Refused {
  readonly kind: Anthropic.ErrorType | null;
  readonly status?: number;
}

function refusal(message: string, facts: Refused, error: Error): StatechatError {
  const { kind, status } = facts;
  const shown = status === undefined ? '' : ` (${status})`;
  if (status === TOO_LARGE || TOO_LONG.test(message)) {
    return contextFull(`The Anthropic API takes no conversation of this length${shown}: ${message}`, { ...facts }, error);
  }
  const mend = MEND[kind === 'billing_error' || NO_CREDIT.test(message) ? 402 : (status ?? 0)];
  return refused([`The Anthropic API refused the request${shown}: ${message}`, mend].filter(Boolean).join(' '), { ...facts }, error);
}

/** An unknown kind, or none, is retried. */
function outcomeOf(kind: string | null): Outcome {
  return new Map<string | null, Outcome>(Object.entries(KINDS)).get(kind) ?? 'unavailable';
}

/** Wait that the provider demands, in milliseconds. The header is in seconds. */
export function retryAfter(headers: Headers | undefined): number | undefined {
  const seconds = Number.parseFloat(headers?.get('retry-after') ?? '');
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
