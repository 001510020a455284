/**
 * A visitor is a signed token and nothing else. A visitor that only reads has no row anywhere, and
 * every instance that shares the secret accepts the token.
 */
import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { type Address, formatAddress } from '#machines/ids.ts';

const ISSUER = 'statechat';
const AUDIENCE = 'web';

export interface Visitor {
  /** `v_` and 18 random bytes as base64url. */
  readonly id: string;
  /** The assistant that the visitor chose, or `default`. */
  readonly account: string;
  /** BCP 47, as the page sent it. */
  readonly locale?: string;
}

export interface VisitorTokens {
  issue(visitor: Omit<Visitor, 'id'>): Promise<{ readonly visitor: Visitor; readonly token: string }>;
  /** Undefined if it is forged, expired, or signed with another secret. */
  verify(token: string): Promise<Visitor | undefined>;
}

const claims = z.object({
  sub: z.string().regex(/^v_[A-Za-z0-9_-]{24}$/),
  account: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  locale: z.string().max(35).optional(),
});

/**
 * @param secret at least 32 bytes, the same on every instance. A new one signs every visitor out.
 * @param lifetimeDays how long a visitor's page can continue its conversation.
 */
export function visitorTokens(secret: string, lifetimeDays: number, now: () => number): VisitorTokens {
  const key = new TextEncoder().encode(secret);
  if (key.length < 32) throw new InvalidInput('The secret of the web tokens is too short: give at least 32 random characters');

  return {
    async issue({ account, locale }) {
      const visitor: Visitor = { id: `v_${randomBytes(18).toString('base64url')}`, account, ...(locale === undefined ? {} : { locale }) };
      const issuedAt = Math.floor(now() / 1000);
      const token = await new SignJWT({ account, ...(locale === undefined ? {} : { locale }) })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(visitor.id)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifetimeDays * 86_400)
        .sign(key);
      return { visitor, token };
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
      if (!parsed.success) return undefined;
      const { sub, account, locale } = parsed.data;
      return { id: sub, account, ...(locale === undefined ? {} : { locale }) };
    },
  };
}

export function visitorAddress(visitor: Visitor): Address {
  return formatAddress({ channel: 'web', account: visitor.account, peer: visitor.id });
}
