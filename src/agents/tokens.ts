/**
 * Tokens of agents.
 *
 * - An access token is a signed statement of some minutes. It goes with each request.
 * - A refresh token keeps one sign-in alive. It is replaced with each use (storage/sign-ins.ts).
 * - An invitation token makes an account, or sets the password of one.
 *
 * The last two are random, and the store has their digests only. A refresh token is authenticated
 * too, so that a guess costs the sign-in nothing.
 */
import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
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

interface TokenSecrets {
  /** Random text that the store keeps. */
  readonly stored: string;
  /**
   * A secret that the store does not have, and that every instance has. Without it, a copy of the
   * store is enough to make access tokens.
   */
  readonly apart: string | undefined;
}

/**
 * The tokens of agents, the same on every instance. `flowKey` signs what a browser keeps on the way
 * to an identity provider and back. `shareKey` signs share links.
 */
export function agentTokens({ stored, apart = '' }: TokenSecrets, now: () => number) {
  const key = (use: string): Uint8Array => new Uint8Array(hkdfSync('sha256', stored, apart, `statechat ${use} tokens`, 32));
  return {
    accessTokens: accessTokens(key('access'), now),
    refreshTokens: refreshTokens(key('refresh')),
    flowKey: key('flow'),
    shareKey: key('share'),
  };
}

function accessTokens(key: Uint8Array, now: () => number): AccessTokens {
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

/** A token of a sign-in, as the program reads it. */
export interface RefreshToken {
  readonly signInId: string;
  /** See storage/sign-ins.ts. */
  readonly number: number;
  readonly digest: string;
}

export interface RefreshTokens {
  issue(signInId: string, number: number): RefreshToken & { readonly token: string };
  /** Undefined if it is forged, or was issued with another key. */
  verify(token: string): RefreshToken | undefined;
}

/** A token is `{sign-in}.{number}.{random}.{code}`. The code authenticates what is before it. */
function refreshTokens(key: Uint8Array): RefreshTokens {
  const codeOf = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  return {
    issue(signInId, number) {
      const text = `${signInId}.${number}.${randomToken()}`;
      const token = `${text}.${codeOf(text)}`;
      return { token, signInId, number, digest: digestOf(token) };
    },

    verify(token) {
      const [, text, signInId, number, code] = /^(([0-9a-f-]{36})\.([1-9]\d{0,8})\.[\w-]{43})\.([\w-]{43})$/.exec(token) ?? [];
      if (text === undefined || signInId === undefined || code === undefined) return undefined;
      if (!timingSafeEqual(Buffer.from(codeOf(text)), Buffer.from(code))) return undefined;
      return { signInId, number: Number(number), digest: digestOf(token) };
    },
  };
}
