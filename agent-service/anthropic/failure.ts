/**
 * What the SDK throws, as the project's own errors, so that a refusal differs from a failure to
 * reach the provider.
 */
import Anthropic from '@anthropic-ai/sdk';
import { type StatechatError, Unavailable } from '#machines/errors.ts';
import { refused } from '../provider.ts';

/**
 * 4xx statuses that may pass by themselves, such as a timeout, a lock or a limit. The SDK retries
 * the same ones.
 */
const PASSING_STATUS = new Set([408, 409, 429]);

/** Kinds of errors that arrive inside a stream, after status 200, and pass by themselves. */
const PASSING_KIND = new Set(['overloaded_error', 'rate_limit_error', 'api_error', 'timeout_error']);

const MEND: Readonly<Record<number, string>> = {
  401: 'Check ANTHROPIC_API_KEY.',
  402: 'Check the credit of the account.',
  403: 'Check what the key may do.',
  404: 'Check ANTHROPIC_MODEL and ANTHROPIC_BASE_URL.',
  413: 'The conversation is too long for one request.',
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
  const said = error.apiMessage ?? error.message;
  const facts = { provider: 'anthropic', kind: error.type, ...(error.requestID ? { requestId: error.requestID } : {}) };
  if (typeof status !== 'number') {
    // An error event inside a stream has a kind and no status. An unknown kind is retried.
    if (error.type === null || PASSING_KIND.has(error.type)) {
      return new Unavailable(`The Anthropic API failed in the middle of its answer: ${said}`, facts, error);
    }
    return refused(`The Anthropic API refused the request: ${said}`, facts, error);
  }
  if (status >= 500 || PASSING_STATUS.has(status)) {
    const retryAfterMs = retryAfter(error.headers);
    return new Unavailable(
      `The Anthropic API cannot answer now (${status}): ${said}`,
      { ...facts, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
      error,
    );
  }
  return refused(
    [`The Anthropic API refused the request (${status}): ${said}`, MEND[status]].filter(Boolean).join(' '),
    { ...facts, status },
    error,
  );
}

/** Wait that the provider demands, in milliseconds. The header is in seconds. */
export function retryAfter(headers: Headers | undefined): number | undefined {
  const seconds = Number.parseFloat(headers?.get('retry-after') ?? '');
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
