import type { RequestHandler } from 'express';
import { HttpProblem } from '#channels/problem.ts';

/** The last handler of a route, for a request whose path is right and whose method is not. */
export function methodNotAllowed(...allowed: readonly string[]): RequestHandler {
  return (request) => {
    const detail = `${request.method} does nothing here. This path takes ${allowed.join(', ')}.`;
    throw new HttpProblem({
      status: 405,
      code: 'method_not_allowed',
      title: 'Method not allowed',
      detail,
      headers: { Allow: allowed.join(', ') },
    });
  };
}
