/**
 * Operations on the tokens of programs. Nobody passes on what they lack. A token never has a scope
 * that its maker lacks, and one that expires makes none that outlives it.
 */
import * as z from 'zod';
import type { ApiTokenIssuer, IssuedApiToken } from './api-token-port.ts';
import { type Caller, SCOPES } from './caller.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';

const { notFound, changed, noRoom, forbidden } = problemTypes;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MOST_DAYS = 3_650;

const tokenId = z.string().min(1).max(100).describe("A token's id.");
const scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).describe('What the program may do. The caller needs all of them.');

const tokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)).readonly(),
  role: z.enum(['agent', 'supervisor', 'admin']).describe('What the program may approve.'),
  requestsPerMinute: z.number().nullable().describe('Null for the default of the program.'),
  createdBy: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
  lastUsedAt: z.number().nullable().describe('Up to a minute late.'),
  formerUntil: z.number().nullable().describe('Until when the secret before the last rotation is accepted.'),
});

const newTokenSchema = tokenSchema.extend({ token: z.string().describe('The bearer token. Shown once.') });

/** Fields of an input, for callers that have other inputs of their own. */
export const newTokenInput = {
  name: z.string().trim().min(1).max(100).describe('For people. It may be used more than once.'),
  scopes,
  days: wholeNumber(1, MOST_DAYS).nullable().default(365).describe('After which it expires. Null: it stays valid until it is revoked.'),
  requestsPerMinute: wholeNumber(1, 1_000_000).nullable().default(null).describe('Null for the default of the program.'),
};

export const rotationInput = {
  graceMinutes: wholeNumber(0, 10_080)
    .default(0)
    .describe('How long the secret before is still accepted, so that programs can change over.'),
  days: wholeNumber(1, MOST_DAYS)
    .nullable()
    .exactOptional()
    .describe('After which it expires, from now on. Null: it stays valid. If absent, its expiry stays.'),
};

export const listTokens = defineOperation({
  name: 'tokens.list',
  scope: 'tokens:read',
  effect: 'read',
  summary: 'Lists the API tokens, newest first, without their secrets. Expired ones are among them.',
  input: z.strictObject({}),
  output: z.strictObject({
    tokens: z.array(tokenSchema).readonly(),
    grantable: z.array(z.enum(SCOPES)).readonly().describe('The scopes that you can give to a token.'),
  }),
  async run({ apiTokens, caller }) {
    return { tokens: await apiTokens.list(), grantable: SCOPES.filter((scope) => caller.scopes.has(scope)) };
  },
});

export const createToken = defineOperation({
  name: 'tokens.create',
  scope: 'tokens:write',
  effect: 'write',
  secret: true,
  summary: 'Makes an API token with some of your own scopes.',
  input: z.strictObject(newTokenInput),
  output: newTokenSchema,
  errors: [noRoom],
  detail: (input) => `${input.name}: ${input.scopes.join(' ')}`,
  async run({ caller, apiTokens, now }, { name, scopes: wanted, days, requestsPerMinute }) {
    checkGrant(caller, { scopes: wanted });
    const { role, agent } = caller;
    const expiresAt = expiry(caller, now(), days);
    const made = await apiTokens.issue({ name, scopes: [...new Set(wanted)], role, requestsPerMinute, createdBy: agent.id, expiresAt });
    if (made === undefined) throw new OperationProblem(noRoom, 'There are too many tokens. Revoke some that are not used any more.');
    return { ...made.token, token: made.secret };
  },
});

export const rotateToken = defineOperation({
  name: 'tokens.rotate',
  scope: 'tokens:write',
  effect: 'write',
  secret: true,
  summary: 'Gives an API token another secret.',
  input: z.strictObject({ tokenId, ...rotationInput }),
  output: newTokenSchema,
  errors: [notFound, changed],
  target: (input) => input.tokenId,
  detail: ({ graceMinutes }) => (graceMinutes === 0 ? undefined : `the former one for ${graceMinutes} minutes`),
  async run({ caller, apiTokens, now }, { tokenId: id, graceMinutes, days }) {
    const found = await existing(apiTokens, id);
    // The answer has a secret with all that the token may do.
    checkGrant(caller, found);
    const expiresAt = days === undefined ? bounded(caller, found.expiresAt) : expiry(caller, now(), days);
    const made = await apiTokens.rotate(id, { graceMs: graceMinutes * MINUTE_MS, expiresAt });
    if (made === undefined) throw new OperationProblem(changed, 'The token was rotated or revoked meanwhile. List the tokens again.');
    return { ...made.token, token: made.secret };
  },
});

export const revokeToken = defineOperation({
  name: 'tokens.revoke',
  scope: 'tokens:write',
  effect: 'write',
  summary: 'Ends an API token at once, for good. Tokens that it made stay.',
  input: z.strictObject({ tokenId }),
  output: z.strictObject({ revoked: z.literal(true) }),
  errors: [notFound],
  target: (input) => input.tokenId,
  async run({ apiTokens }, { tokenId: id }) {
    if (await apiTokens.revoke(id)) return { revoked: true as const };
    throw noSuchToken(id);
  },
});

async function existing(apiTokens: ApiTokenIssuer, id: string): Promise<IssuedApiToken> {
  const token = await apiTokens.find(id);
  if (token === undefined) throw noSuchToken(id);
  return token;
}

function noSuchToken(id: string): OperationProblem {
  return new OperationProblem(notFound, `There is no token "${id.slice(0, 80)}". GET /api/tokens lists the ones there are.`);
}

const RANK = { agent: 0, supervisor: 1, admin: 2 } as const;

function checkGrant(caller: Caller, given: Pick<IssuedApiToken, 'scopes'> & Partial<Pick<IssuedApiToken, 'role'>>): void {
  const lacking = given.scopes.filter((scope) => !caller.scopes.has(scope));
  if (lacking.length > 0) {
    const detail = `You lack the scopes ${lacking.join(', ')}, so you cannot give them to a token.`;
    throw new OperationProblem(forbidden, detail, { scope: lacking[0] });
  }
  if (given.role !== undefined && RANK[given.role] > RANK[caller.role]) {
    throw new OperationProblem(forbidden, `The token has the role ${given.role}, and you have the role ${caller.role}.`);
  }
}

function expiry(caller: Caller, now: number, days: number | null): number | null {
  return bounded(caller, days === null ? null : now + days * DAY_MS);
}

/** A person's own token lasts for minutes, and stands for an account that stays. */
function bounded({ kind, validUntil }: Caller, expiresAt: number | null): number | null {
  if (kind !== 'token' || validUntil === undefined) return expiresAt;
  return Math.min(expiresAt ?? validUntil, validUntil);
}
