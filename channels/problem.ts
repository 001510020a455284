/**
 * RFC 9457 problem documents, for every error of every route of channels and application. `type`
 * names the code, which docs/reference/problems.md describes. `detail` has what to do. An error
 * that is not meant for callers shows only the id of the request, under which the log has the rest.
 */
import type { Response } from 'express';
import { StatechatError } from '#machines/errors.ts';
import { sendJson } from './json-response.ts';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number;
  /** Further members of the document, such as `holder`. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal that a route throws. */
export class HttpProblem extends StatechatError {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code, problem.detail);
    this.name = 'HttpProblem';
    this.problem = problem;
  }
}

export function sendProblem(response: Response, { status, code, title, detail, retryAfter, facts, headers }: Problem): void {
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
  response.status(status).set({ 'Cache-Control': 'no-store', ...headers });
  sendJson(response, { ...facts, type: `urn:statechat:problem:${code}`, title, status, detail, code }, 'application/problem+json');
}

/** Undefined for a defect, whose details callers do not see. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof HttpProblem) return error.problem;
  if (error instanceof StatechatError) return ofStatechatError(error);
  return ofExpress(error);
}

const STATUS: Readonly<Record<string, readonly [status: number, title: string]>> = {
  invalid_input: [400, 'Invalid input'],
  not_found: [404, 'Not found'],
  refused: [409, 'Refused'],
  held: [409, 'Held by somebody else'],
  closed: [409, 'Closed'],
  rate_limited: [429, 'Too many requests'],
};

function ofStatechatError(error: StatechatError): Problem | undefined {
  const [status, title] = STATUS[error.code] ?? [];
  if (status !== undefined && title !== undefined && error.expose) return { status, title, code: error.code, detail: error.message };
  if (!error.retryable) return undefined;
  return {
    status: 503,
    code: 'unavailable',
    title: 'Service unavailable',
    // The error's own message names our stores and peers, so it goes to the log only.
    detail:
      "Nothing is known to have changed. Send the same request again in a moment, under the same id (a message's id, an Idempotency-Key): it is taken once.",
    retryAfter: 2,
  };
}

const BODY: Readonly<Record<string, Problem>> = {
  'entity.parse.failed': {
    status: 400,
    code: 'malformed_json',
    title: 'Malformed JSON',
    detail: 'The body is not JSON. Send one JSON object, encoded as UTF-8.',
  },
  'entity.too.large': {
    status: 413,
    code: 'too_large',
    title: 'Too large',
    detail: 'The body is larger than this route takes. Shorten it.',
  },
  'request.aborted': {
    status: 400,
    code: 'aborted',
    title: 'Aborted',
    detail: 'The body ended before its announced length. Send it again.',
  },
  'request.size.invalid': {
    status: 400,
    code: 'aborted',
    title: 'Wrong length',
    detail: 'The body does not have its announced length. Send it again.',
  },
  'encoding.unsupported': {
    status: 415,
    code: 'unsupported_encoding',
    title: 'Unsupported encoding',
    detail: 'Send the body as it is, or compressed with gzip.',
  },
  'charset.unsupported': { status: 415, code: 'unsupported_charset', title: 'Unsupported charset', detail: 'Encode the body as UTF-8.' },
};

/** What express and its body parser throw carries `type` and `status`. */
function ofExpress(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const known = 'type' in error && typeof error.type === 'string' ? BODY[error.type] : undefined;
  if (known !== undefined) return known;
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 500;
  if (status < 400 || status >= 500) return undefined;
  return { status, code: 'bad_request', title: 'Bad request', detail: 'The request could not be read. Check its URL, headers and body.' };
}
