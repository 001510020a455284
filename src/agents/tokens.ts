/**
 * Tokens of agents.
 *
 * - An access token is a signed statement of some minutes. It goes with each request.
 * - A refresh token keeps one sign-in alive. It is replaced with each use (storage/sign-ins.ts).
 * - An invitation token makes an account, or sets the password of one.
 *
 * The last two are random, and the store has their digests only.
 */
import { createHash, randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';

const ISSUER = 'statechat';
const AUDIENCE = 'console';

/** How long an access token is valid, in milliseconds. */
export const ACCESS_TOKEN_MS = 600_000;

const claims = z.object({ sub: z.string(), sid: z.string(), exp: z.number() });

export interface AccessTokens {
  issue(agentId: string, signInId: string): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** Undefined if it is forged, expired, or signed with another secret. */
  verify(token: string): Promise<{ readonly agentId: string; readonly signInId: string; readonly expiresAt: number } | undefined>;
}

/** @param secret at least 32 bytes, the same on every instance. */
export function accessTokens(secret: string, now: () => number): AccessTokens {
  const key = new TextEncoder().encode(secret);
  return {
    async issue(agentId, signInId) {
      const issuedAt = Math.floor(now() / 1000);
      const expiresAt = issuedAt + ACCESS_TOKEN_MS / 1000;
      const token = await new SignJWT({ sid: signInId })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(agentId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key);
      return { token, expiresAt: expiresAt * 1000 };
    },

    async verify(token) {
      // jwtVerify throws for anything that is not a good token, and for nothing else.
      const verified = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        currentDate: new Date(now()),
      }).catch(() => undefined);
      const parsed = claims.safeParse(verified?.payload);
      return parsed.success ? { agentId: parsed.data.sub, signInId: parsed.data.sid, expiresAt: parsed.data.exp * 1000 } : undefined;
    },
  };
}

/** 256 random bits as text. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Of a sign-in, `{id}.{secret}`. */
export interface RefreshToken {
  readonly signInId: string;
  readonly secret: string;
}

export function formatRefreshToken({ signInId, secret }: RefreshToken): string {
  return `${signInId}.${secret}`;
}

/** Undefined for text that cannot be one. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const [, signInId, secret] = /^([0-9a-f-]{36})\.([\w-]{43})$/.exec(text) ?? [];
  return signInId === undefined || secret === undefined ? undefined : { signInId, secret };
}
