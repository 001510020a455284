import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { HttpProblem } from '#channels/problem.ts';
import { networkOf } from '#channels/rate-limit.ts';
import { StatechatError } from '#machines/errors.ts';
import type { Secret } from '#machines/secret.ts';
import type { ApiToken } from '../config/api-token.ts';
import type { Caller } from '../operations/caller.ts';

/** Networks that guessed too often, remembered by each instance. */
const GUESSING_NETWORKS = 10_000;

/** The caller behind a bearer token. Undefined if it is not valid. */
export type CallerOf = (token: string) => Promise<Caller | undefined>;

/** `admin` is the caller with the first API token. `others` finds the callers with other tokens. */
export function callersOf({ secret }: ApiToken, admin: Caller, others: CallerOf = async () => undefined): CallerOf {
  return async (token) => (sameText(token, secret.reveal()) ? admin : others(token));
}

/** A person chose the first token. Agents' are signed, and programs' have 256 random bits. */
function isGuessable({ kind, token }: Caller): boolean {
  return kind === 'token' && token === undefined;
}

/** Takes the same time wherever the texts differ and however long they are. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The request has this token. */
export function bearsToken(request: Request, token: Secret): boolean {
  const given = tokenOf(request);
  return given !== undefined && sameText(given, token.reveal());
}

function tokenOf(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
}

/** The caller of a request that `requireBearer` passed on. */
export function callerOf(response: Response): Caller {
  const { caller }: { readonly caller?: Caller } = response.locals;
  if (caller === undefined) throw new StatechatError('defect', 'A route below /api is not behind requireBearer.', { expose: false });
  return caller;
}

/**
 * Passes requests of a known caller on (see `callerOf`). `attempts` runs before each refusal, and
 * can refuse with 429 in its place. From then on the first API token is refused from that network
 * too, until `attempts` lets it through again. A guess that is right must not stand out among
 * others.
 */
export function requireBearer({ file }: ApiToken, find: CallerOf, attempts: RequestHandler): RequestHandler {
  const where =
    file === undefined
      ? 'the token that STATECHAT_API_TOKEN was set to'
      : 'the token in the file `api-token` of the data folder (.statechat/api-token, or below STATECHAT_DATA_DIR), or set STATECHAT_API_TOKEN';
  const guessing = new LRUCache<string, true>({ max: GUESSING_NETWORKS });
  return async (request, response, next) => {
    const network = networkOf(request);
    const given = tokenOf(request);
    const caller = given === undefined ? undefined : await find(given);
    const pass = (known: Caller): void => {
      response.locals.caller = { ...known, network };
      next();
    };
    if (caller !== undefined && (!isGuessable(caller) || !guessing.has(network))) return pass(caller);
    response.once('finish', () => {
      if (response.statusCode === 429 && response.locals.caller === undefined) guessing.set(network, true);
    });
    return attempts(request, response, (limited?: unknown) => {
      if (limited !== undefined) return next(limited);
      guessing.delete(network);
      if (caller !== undefined) return pass(caller);
      next(
        new HttpProblem({
          status: 401,
          code: 'unauthorized',
          title: 'Unauthorized',
          detail: `Send Authorization: Bearer with ${where}, a token made in the console, or an agent's access token.`,
          headers: { 'WWW-Authenticate': 'Bearer realm="statechat"' },
        }),
      );
    });
  };
}
