import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { HttpProblem } from '#channels/problem.ts';
import type { ApiToken } from '../config/api-token.ts';

/**
 * Passes requests with the token on. `attempts` runs before each refusal, and can refuse with 429
 * in its place.
 */
export function requireBearer({ secret, file }: ApiToken, attempts: RequestHandler): RequestHandler {
  const where =
    file === undefined
      ? 'the token that STATECHAT_API_TOKEN was set to'
      : 'the token in the file `api-token` of the data folder (.statechat/api-token, or below STATECHAT_DATA_DIR), or set STATECHAT_API_TOKEN';
  return (request, response, next) => {
    const [, given] = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
    if (given !== undefined && sameText(given, secret.reveal())) return next();
    return attempts(request, response, (limited?: unknown) => {
      if (limited !== undefined) return next(limited);
      next(
        new HttpProblem({
          status: 401,
          code: 'unauthorized',
          title: 'Unauthorized',
          detail: `Send Authorization: Bearer with ${where}.`,
          headers: { 'WWW-Authenticate': 'Bearer realm="statechat"' },
        }),
      );
    });
  };
}

/** Takes the same time wherever the texts differ and however long they are. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
