import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Secret } from '../secret.ts';
import { HttpProblem } from './problem.ts';

/** Lets only bearers of the token pass. With no token configured nobody does. */
export function requireBearer(token: Secret | undefined): RequestHandler {
  return (request, _response, next) => {
    const [, given] = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
    if (token !== undefined && given !== undefined && sameText(given, token.reveal())) return next();
    throw new HttpProblem({
      status: 401,
      code: 'unauthorized',
      title: 'Who is asking?',
      detail:
        token === undefined
          ? 'This program has no API token yet. Set STATECHAT_API_TOKEN and start it again, then send Authorization: Bearer with that token.'
          : 'Send Authorization: Bearer with the token that STATECHAT_API_TOKEN was set to.',
      headers: { 'WWW-Authenticate': 'Bearer realm="statechat"' },
    });
  };
}

/** In a time that tells nothing of where the texts differ, nor of their lengths. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
