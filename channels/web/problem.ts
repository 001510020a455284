/** RFC 9457 problem documents: every refusal of this channel says what went wrong and what to do about it. */
import type { Response } from 'express';
import { StatechatError } from '#machines/errors.ts';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** One or two sentences that say what to do. */
  readonly detail: string;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number;
}

export function sendProblem(response: Response, { status, code, title, detail, retryAfter }: Problem): void {
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
  response
    .status(status)
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify({ type: `urn:statechat:problem:${code}`, title, status, detail, code }));
}

/** A refusal that a handler throws. */
export class HttpProblem extends StatechatError {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.code, problem.detail);
    this.name = 'HttpProblem';
    this.problem = problem;
  }
}

/** Undefined: not the caller's doing and nothing to be said about it, a defect of ours. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof HttpProblem) return error.problem;
  if (error instanceof StatechatError) return ofStatechatError(error);
  return ofBodyParser(error);
}

function ofStatechatError(error: StatechatError): Problem | undefined {
  if (error.retryable) {
    return {
      status: 503,
      code: error.code,
      title: 'Not now',
      detail: 'Nothing was changed. Send the same request again in a moment; a message keeps its id.',
      retryAfter: 2,
    };
  }
  if (!error.expose) return undefined;
  const status = error.code === 'not_found' ? 404 : error.code === 'invalid_input' ? 400 : 409;
  return { status, code: error.code, title: status === 404 ? 'Not found' : 'Refused', detail: error.message };
}

const BODY_PROBLEMS: Readonly<Record<string, Problem>> = {
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
    detail: 'The body is too large. Shorten the text to 32,768 characters at most.',
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
    detail: 'Send the body as it is, or with gzip.',
  },
  'charset.unsupported': { status: 415, code: 'unsupported_charset', title: 'Unsupported charset', detail: 'Encode the body as UTF-8.' },
};

/** What express.json() throws is known by its `type`. */
function ofBodyParser(error: unknown): Problem | undefined {
  const type = error instanceof Error && 'type' in error && typeof error.type === 'string' ? error.type : '';
  const known = BODY_PROBLEMS[type];
  if (known !== undefined) return known;
  const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
  if (status < 400 || status >= 500) return undefined;
  return {
    status,
    code: 'bad_request',
    title: 'Bad request',
    detail: 'The request could not be read. Check its body, its headers and its URL.',
  };
}
