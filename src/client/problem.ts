/** Errors of the API as the client throws them. */
import type { problemTypes } from '../operations/problems.ts';

/** Codes of docs/reference/problems.md that a caller may act on. A machine may have its own. */
export type ProblemCode =
  | (typeof problemTypes)[keyof typeof problemTypes]['code']
  | 'invalid_input'
  | 'unauthorized'
  | 'rate_limited'
  | 'unavailable'
  | 'internal';

/** The server refused the request, or could not serve it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ProblemCode | (string & {});
  /** What else the problem document has, such as `holder` or `version`. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, detail: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.facts = facts;
  }
}

/**
 * Whether an error is this problem.
 *
 * @example
 * if (isProblem(error, 'stale')) await readAgain();
 */
export function isProblem<Code extends ProblemCode>(error: unknown, code: Code): error is ApiError & { readonly code: Code } {
  return error instanceof ApiError && error.code === code;
}

export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const { code, detail, type: _type, title: _title, status: _status, ...facts } = JSON.parse(text);
    if (typeof code === 'string') return new ApiError(response.status, code, String(detail), facts);
  } catch {
    // A proxy answered in place of the server.
  }
  return new ApiError(response.status, response.status === 503 ? 'unavailable' : 'internal', `The server answered ${response.status}.`);
}
