/**
 * Routes by which agents sign in with an identity provider, at `/console/auth/oidc`. They are
 * navigations of the browser, so their errors lead back to the console with a code in the
 * fragment, which the page explains.
 *
 * Between the two navigations the browser keeps a signed cookie. It is `SameSite=Lax`, because the
 * way back comes from another site.
 *
 * Invariants
 * 1. Both ends of one flow are in the same browser. What comes back without its cookie is refused.
 * 2. Another site can begin no flow. It could bind its visitor to an invitation of its own.
 * 3. An invitation comes in the body of a request, never in a URL, which logs would keep.
 * 4. The browser is sent to the issuer or to `/console`, and nowhere else.
 */
import { parseCookie } from 'cookie';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import { HttpProblem } from '#channels/problem.ts';
import type { Role } from '#storage/approvals.ts';
import type { CookieRules } from './cookies.ts';
import { deviceOf } from './device.ts';
import type { IdentityProvider, OidcFault, OidcFlow } from './identity-provider.ts';
import type { IdentityRefusal, SignedIn, SignInService } from './sign-in.ts';

const COOKIE = 'statechat-oidc';
/** How long a person may take at the issuer, in seconds. */
const FLOW_SECONDS = 600;
const AUDIENCE = 'oidc-flow';
const BODY_BYTES = 8_192;

const invitationBody = z.strictObject({ invitation: z.string().min(20).max(100) });
const flowSchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), invitation: z.string().optional() });
type Flow = OidcFlow & { readonly invitation?: string | undefined };

/** What the fragment of `/console#sign-in-error=…` can be. */
export type OidcError = OidcFault | IdentityRefusal | 'oidc_expired';

export interface OidcRouterParts {
  readonly provider: IdentityProvider;
  readonly service: SignInService;
  readonly newAgentRole: Role | undefined;
  /** Signs the cookie. The same on every instance. */
  readonly key: Uint8Array;
  readonly now: () => number;
  readonly path: string;
  readonly cookies: CookieRules;
  /** Refuses requests that pages of other sites send. */
  readonly sameOrigin: RequestHandler;
  /** Gives the device its cookie. */
  readonly keepSignedIn: (request: Request, response: Response, signedIn: SignedIn) => void;
}

export function oidcRouter(parts: OidcRouterParts): RequestHandler {
  const { provider, service, newAgentRole, key, now } = parts;
  const router = Router();

  router.get('/', async (request, response) => {
    // Also a link in an e-mail. The person is shown the page and begins there.
    const site = request.get('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return response.redirect(303, '/console');
    const begun = await provider.begin();
    if (typeof begun === 'string') return leave(response, begun);
    await keep(request, response, begun.flow);
    response.redirect(303, begun.url);
  });

  router.post('/', parts.sameOrigin, express.json({ limit: BODY_BYTES }), async (request, response) => {
    const body = invitationBody.safeParse(request.body);
    if (!body.success) throw invalid('A body {"invitation": token} is expected.');
    const begun = await provider.begin();
    if (typeof begun === 'string')
      throw new HttpProblem({
        status: 503,
        code: begun,
        title: 'Service unavailable',
        detail: 'The identity provider cannot be reached. Try again, or sign in with a password.',
      });
    await keep(request, response, { ...begun.flow, invitation: body.data.invitation });
    response.json({ url: begun.url });
  });

  router.get('/callback', async (request, response) => {
    const flow = await flowOf(request);
    response.clearCookie(parts.cookies.nameOf(request, COOKIE), cookieOptions(request));
    const query = new URL(request.originalUrl, 'http://localhost').searchParams;
    if (flow === undefined || query.get('state') !== flow.state) return leave(response, 'oidc_expired');
    const person = await provider.finish(query.toString(), flow);
    if (typeof person === 'string') return leave(response, person);
    const signedIn = await service.signInByIdentity(person, { invitation: flow.invitation, newAgentRole }, deviceOf(request));
    if (typeof signedIn === 'string') return leave(response, signedIn);
    parts.keepSignedIn(request, response, signedIn);
    response.redirect(303, '/console');
  });

  async function keep(request: Request, response: Response, flow: Flow): Promise<void> {
    const sealed = await new SignJWT({ ...flow })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(AUDIENCE)
      .setExpirationTime(Math.floor(now() / 1_000) + FLOW_SECONDS)
      .sign(key);
    response.cookie(parts.cookies.nameOf(request, COOKIE), sealed, { ...cookieOptions(request), maxAge: FLOW_SECONDS * 1_000 });
  }

  async function flowOf(request: Request): Promise<Flow | undefined> {
    const sealed = parseCookie(request.get('cookie') ?? '')[parts.cookies.nameOf(request, COOKIE)] ?? '';
    const options = { algorithms: ['HS256'], audience: AUDIENCE, currentDate: new Date(now()) };
    // jwtVerify throws for anything that is not a good token, and for nothing else.
    const verified = await jwtVerify(sealed, key, options).catch(() => undefined);
    return flowSchema.safeParse(verified?.payload).data;
  }

  function cookieOptions(request: Request) {
    return { httpOnly: true, sameSite: 'lax', secure: parts.cookies.isSecure(request), path: parts.path } as const;
  }

  return router;
}

function leave(response: Response, error: OidcError): void {
  response.redirect(303, `/console#sign-in-error=${error}`);
}

function invalid(detail: string): HttpProblem {
  return new HttpProblem({ status: 400, code: 'invalid_input', title: 'Invalid input', detail });
}
