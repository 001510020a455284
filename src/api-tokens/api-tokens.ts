/**
 * API tokens over the store. A token is `sct_{id}_{secret}`. The id finds it, and the digest of the
 * secret decides. A secret has 256 random bits, so a plain digest is as good as a slow one.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { ApiTokens, StoredApiToken } from '#storage/api-tokens.ts';
import type { ApiTokenIssuer, IssuedApiToken } from '../operations/api-token-port.ts';
import { type Caller, SCOPES } from '../operations/caller.ts';

const TOKEN = /^sct_([0-9a-f-]{36})_([\w-]{43})$/;
/** Tokens that there can be. A list shows all of them. */
const MOST_TOKENS = 500;

export interface ApiTokenParts {
  readonly tokens: ApiTokens;
  readonly now: () => number;
  /** Gets the id of each token that is used. Must not wait. Default is nobody. */
  readonly onUse?: (id: string) => void;
}

export interface ApiTokenCallers extends ApiTokenIssuer {
  /** The caller behind a token. Undefined if it is no API token, or is not valid any more. */
  caller(token: string): Promise<Caller | undefined>;
}

export function apiTokensOver({ tokens, now, onUse = () => {} }: ApiTokenParts): ApiTokenCallers {
  return {
    async issue(what) {
      if ((await tokens.apiTokens(MOST_TOKENS)).length >= MOST_TOKENS) return undefined;
      const secret = newSecret();
      const token: StoredApiToken = {
        ...what,
        id: uuidv7(),
        scopes: [...what.scopes],
        digest: digestOf(secret),
        former: null,
        createdAt: now(),
        version: 1,
        lastUsedAt: null,
      };
      await tokens.putApiToken(token);
      return { token: shown(token, now()), secret: textOf(token.id, secret) };
    },

    async list() {
      return (await tokens.apiTokens(MOST_TOKENS)).map((token) => shown(token, now()));
    },

    async find(id) {
      const token = await tokens.apiToken(id);
      return token && shown(token, now());
    },

    async rotate(id, { graceMs, expiresAt }) {
      const before = await tokens.apiToken(id);
      if (before === undefined) return undefined;
      const secret = newSecret();
      const token: StoredApiToken = {
        ...before,
        digest: digestOf(secret),
        former: graceMs === 0 ? null : { digest: before.digest, until: now() + graceMs },
        expiresAt: expiresAt === undefined ? before.expiresAt : expiresAt,
        version: before.version + 1,
      };
      if (!(await tokens.putApiToken(token))) return undefined;
      return { token: shown(token, now()), secret: textOf(id, secret) };
    },

    revoke: (id) => tokens.removeApiToken(id),

    async caller(text) {
      const [, id, secret] = TOKEN.exec(text) ?? [];
      if (id === undefined || secret === undefined) return undefined;
      const token = await tokens.apiToken(id);
      if (token === undefined || !isValid(token, digestOf(secret), now())) return undefined;
      onUse(id);
      const { name, role, scopes, requestsPerMinute, expiresAt } = token;
      return {
        kind: 'token',
        agent: { id: `token:${id}`, name },
        role,
        // A scope that this version does not know gives nothing.
        scopes: new Set(SCOPES.filter((scope) => scopes.includes(scope))),
        token: { id, requestsPerMinute },
        ...(expiresAt === null ? {} : { validUntil: expiresAt }),
      };
    },
  };
}

function isValid({ digest, former, expiresAt }: StoredApiToken, given: string, now: number): boolean {
  if (expiresAt !== null && expiresAt <= now) return false;
  return isSame(digest, given) || (former !== null && former.until > now && isSame(former.digest, given));
}

function shown({ digest: _digest, former, version: _version, scopes, ...token }: StoredApiToken, now: number): IssuedApiToken {
  return {
    ...token,
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    formerUntil: former !== null && former.until > now ? former.until : null,
  };
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function textOf(id: string, secret: string): string {
  return `sct_${id}_${secret}`;
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
