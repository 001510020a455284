/**
 * HTTP routes by which agents sign in, at `/console/auth`. The refresh token is a cookie that no
 * script can read and that the browser sends to these routes alone. The access token is in the
 * answer, and the page keeps it in memory.
 *
 * Another site can neither send the cookie (`SameSite=Strict`) nor call these routes, because they
 * take JSON from their own origin only. The ways to an identity provider and back are navigations
 * (oidc-routes.ts).
 */
import { parseCookie } from 'cookie';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import * as z from 'zod';
import { HttpProblem } from '#channels/problem.ts';
import { networkOf, rateLimit, type StoreOf } from '#channels/rate-limit.ts';
import { InvalidInput } from '#machines/errors.ts';
import { agentAccountSchema, loginForm } from '#storage/agents.ts';
import type { OidcConfig } from '../config/oidc.ts';
import type { Log } from '../telemetry/log.ts';
import { cookieRules } from './cookies.ts';
import { deviceOf } from './device.ts';
import { IdentityProvider } from './identity-provider.ts';
import { type OidcRouterParts, oidcRouter } from './oidc-routes.ts';
import { passwordSchema } from './passwords.ts';
import { SIGN_IN_MS, type SignedIn, type SignInService } from './sign-in.ts';

export const AUTH_PATH = '/console/auth';
const COOKIE = 'statechat-sign-in';
const BODY_BYTES = 8_192;
const MINUTE = 60_000;

const login = z.string().min(1).max(200);
const signInBody = z.strictObject({ login, password: z.string().max(1_000) });
const invitationBody = z.strictObject({ token: z.string().min(20).max(100) });
const acceptBody = invitationBody.extend({
  login: login
    .regex(/^\S+$/, 'a login without spaces is expected, such as an e-mail address')
    .refine((text) => loginForm(text) !== '', 'a login that people can see is expected')
    .optional(),
  name: agentAccountSchema.shape.name.trim().optional(),
  password: passwordSchema,
});

export interface AuthRouter {
  readonly router: RequestHandler;
  close(): void;
}

export interface AuthRouterParts {
  readonly service: SignInService;
  /** Counts attempts. By default this instance does. */
  readonly storeOf?: StoreOf | undefined;
  /** Of the program, if it is known. Browsers then come from its origin. */
  readonly publicUrl?: string | undefined;
  /** Undefined if agents sign in with passwords alone. */
  readonly oidc?: OidcParts | undefined;
}

export interface OidcParts extends Pick<OidcRouterParts, 'key' | 'now'> {
  readonly config: OidcConfig;
  readonly log: Pick<Log, 'warn'>;
}

export function authRouter({ service, storeOf, publicUrl, oidc }: AuthRouterParts): AuthRouter {
  const cookies = cookieRules(publicUrl);
  const sameOrigin = sameOriginAs(publicUrl);
  const counted = { windowMs: MINUTE, limit: 60, storeOf };
  // An office has one address and many agents, who may all sign in at nine.
  const attempts = rateLimit({ ...counted, counted: 'failed attempts to sign in', keyOf: networkOf, failuresOnly: true });
  const flows = rateLimit({ ...counted, counted: 'visits to the identity provider', keyOf: networkOf });
  const renewals = rateLimit({
    ...counted,
    counted: 'renewals of one sign-in',
    keyOf: (request) => signInIdOf(request) ?? '',
    // Such a cookie is refused without reading the store.
    skip: (request) => signInIdOf(request) === undefined,
  });
  const guesses = rateLimit({
    counted: 'failed attempts to sign in to one account',
    windowMs: 5 * MINUTE,
    limit: 10,
    keyOf: (request) => `${networkOf(request)} ${givenLogin(request)}`,
    storeOf,
    failuresOnly: true,
  });
  const router = Router();
  router.use(noStore);
  if (oidc !== undefined && publicUrl !== undefined) {
    const { config, key, now, log } = oidc;
    const path = `${AUTH_PATH}/oidc`;
    const provider = new IdentityProvider(config, `${publicUrl}${path}/callback`, log);
    const { newAgentRole } = config;
    const own = { provider, service, newAgentRole, key, now, path, cookies };
    router.use('/oidc', flows.handler, oidcRouter({ ...own, sameOrigin, keepSignedIn }));
  }
  router.use(sameOrigin, express.json({ limit: BODY_BYTES }));

  router.get('/methods', (_request, response) => {
    response.json({ password: true, oidc: oidc === undefined ? null : { name: new URL(oidc.config.issuer).hostname } });
  });

  router.post('/sign-in', attempts.handler, guesses.handler, async (request, response) => {
    const { login: given, password } = bodyOf(signInBody, request);
    const signedIn = await service.signIn(given, password, deviceOf(request));
    if (signedIn === undefined)
      throw new HttpProblem({
        status: 401,
        code: 'wrong_credentials',
        title: 'Unauthorized',
        detail: 'The login or the password is wrong. If you lost the password, ask an admin for a new invitation.',
      });
    answer(request, response, signedIn);
  });

  router.post('/renew', renewals.handler, async (request, response) => {
    const given = cookieOf(request);
    const signedIn = given === undefined ? undefined : await service.renew(given, networkOf(request));
    if (signedIn === undefined) {
      clearCookie(request, response);
      throw new HttpProblem({ status: 401, code: 'signed_out', title: 'Unauthorized', detail: 'You are signed out. Sign in again.' });
    }
    answer(request, response, signedIn);
  });

  router.post('/sign-out', async (request, response) => {
    const given = cookieOf(request);
    if (given !== undefined) await service.signOut(given);
    clearCookie(request, response);
    response.status(204).end();
  });

  router.post('/invitation', attempts.handler, async (request, response) => {
    const { token } = bodyOf(invitationBody, request);
    const found = await service.invitation(token);
    if (found === undefined) throw noInvitation();
    const { invitation, account } = found;
    response.json({
      role: account?.role ?? invitation.role,
      expiresAt: invitation.expiresAt,
      agent: account === undefined ? null : { login: account.login, name: account.name },
    });
  });

  router.post('/accept', attempts.handler, async (request, response) => {
    const { token, login: given, name, password } = bodyOf(acceptBody, request);
    const found = await service.invitation(token);
    if (found === undefined) throw noInvitation();
    if (found.account === undefined && (given === undefined || name === undefined))
      throw new InvalidInput('A login and a name are expected, because the invitation makes a new account.');
    const accepted = await service.accept(token, { login: given ?? '', name: name ?? '', password }, deviceOf(request));
    if (accepted === 'no invitation') throw noInvitation();
    if (accepted === 'taken')
      throw new HttpProblem({
        status: 409,
        code: 'taken',
        title: 'Login taken',
        detail: 'Another agent has this login. Choose another one.',
      });
    answer(request, response, accepted);
  });

  function answer(request: Request, response: Response, signedIn: SignedIn): void {
    keepSignedIn(request, response, signedIn);
    const { account, signInId, access } = signedIn;
    const { id, login: own, name, role } = account;
    response.json({ agent: { id, login: own, name, role }, signInId, accessToken: access.token, accessExpiresAt: access.expiresAt });
  }

  function keepSignedIn(request: Request, response: Response, { refreshToken }: SignedIn): void {
    response.cookie(cookies.nameOf(request, COOKIE), refreshToken, { ...cookieOptions(request), maxAge: SIGN_IN_MS });
  }

  function cookieOf(request: Request): string | undefined {
    return parseCookie(request.get('cookie') ?? '')[cookies.nameOf(request, COOKIE)];
  }

  function clearCookie(request: Request, response: Response): void {
    response.clearCookie(cookies.nameOf(request, COOKIE), cookieOptions(request));
  }

  function cookieOptions(request: Request) {
    return { httpOnly: true, sameSite: 'strict', secure: cookies.isSecure(request), path: AUTH_PATH } as const;
  }

  function signInIdOf(request: Request): string | undefined {
    return service.signInIdOf(cookieOf(request) ?? '');
  }

  return {
    router,
    close: () => {
      for (const limiter of [attempts, guesses, renewals, flows]) limiter.close();
    },
  };
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** Browsers send these headers, and pages cannot change them. Programs send neither. */
function sameOriginAs(publicUrl: string | undefined): RequestHandler {
  // A proxy may send its own Host.
  const hosts = publicUrl === undefined ? [] : [new URL(publicUrl).host];
  return (request, _response, next) => {
    const site = request.get('sec-fetch-site');
    const origin = request.get('origin');
    const isOwn = origin === undefined || (URL.canParse(origin) && [...hosts, request.get('host')].includes(new URL(origin).host));
    if ((site === undefined || site === 'same-origin') && isOwn) return next();
    throw new HttpProblem({ status: 403, code: 'forbidden', title: 'Forbidden', detail: 'Pages of other sites cannot sign in here.' });
  };
}

function givenLogin(request: Request): string {
  const { login: given }: { readonly login?: unknown } = Object(request.body);
  return typeof given === 'string' ? loginForm(given).slice(0, 200) : '';
}

function noInvitation(): HttpProblem {
  const detail = 'This invitation was used, withdrawn or has expired. Ask an admin for a new one.';
  return new HttpProblem({ status: 410, code: 'no_invitation', title: 'No invitation', detail });
}

function bodyOf<Schema extends z.ZodType>(schema: Schema, request: Request): z.output<Schema> {
  const parsed = schema.safeParse(request.body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`);
  throw new InvalidInput(`${faults.join('; ')}.`);
}
