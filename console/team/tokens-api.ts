/** API tokens over HTTP, as admins manage them. */
import * as z from 'zod/mini';
import type { ApiRequest } from '../inbox/api-request.ts';

const time = z.nullable(z.number());
const token = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  requestsPerMinute: z.nullable(z.number()),
  createdBy: z.string(),
  createdAt: z.number(),
  expiresAt: time,
  lastUsedAt: time,
  formerUntil: time,
});
export type ApiToken = z.infer<typeof token>;
const tokens = z.object({ tokens: z.array(token), grantable: z.array(z.string()) });
export type ApiTokens = z.infer<typeof tokens>;
/** `token` is the secret. It is in this answer alone. */
const made = z.extend(token, { token: z.string() });
export type NewApiToken = z.infer<typeof made>;

export interface WantedToken {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Null for one that stays valid. */
  readonly days: number | null;
  readonly requestsPerMinute: number | null;
}

/** Every call rejects with `ApiRefusal`, or with another error if the server cannot be reached. */
export interface TokensApi {
  list(): Promise<ApiTokens>;
  create(wanted: WantedToken): Promise<NewApiToken>;
  rotate(id: string, graceMinutes: number): Promise<NewApiToken>;
  revoke(id: string): Promise<void>;
}

export function tokensApi(request: ApiRequest): TokensApi {
  const path = (id: string): string => `/tokens/${encodeURIComponent(id)}`;
  return {
    list: async () => tokens.parse(await request('GET', '/tokens')),
    create: async (wanted) => made.parse(await request('POST', '/tokens', wanted)),
    rotate: async (id, graceMinutes) => made.parse(await request('POST', `${path(id)}/rotation`, { graceMinutes })),
    revoke: async (id) => void (await request('DELETE', path(id))),
  };
}
