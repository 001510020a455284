/**
 * `statechat token` makes, lists, rotates and revokes API tokens in the configured store, also
 * beside a running program. It needs no token, because a user who can read the configuration can
 * change the store anyway.
 */
import * as z from 'zod';
import { StatechatError } from '#machines/errors.ts';
import { apiTokensOver } from '../api-tokens/api-tokens.ts';
import type { Config } from '../config/config.ts';
import type { ApiTokenIssuer } from '../operations/api-token-port.ts';
import { createToken, listTokens, newTokenInput, revokeToken, rotateToken, rotationInput } from '../operations/api-tokens.ts';
import { SCOPES, tokenCaller } from '../operations/caller.ts';
import { openStoreBeside } from '../storage/open-store.ts';
import type { Log } from '../telemetry/log.ts';

const text = (whole: z.ZodType<number, number>) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'expected a whole number')
    .transform(Number)
    .pipe(whole);
const days = text(newTokenInput.days.unwrap().unwrap());
const list = z.string().transform((given) => given.split(/[\s,]+/).filter((one) => one !== ''));
const every = z.literal('all').transform(() => [...SCOPES]);

/** What follows `statechat token`, from the texts of the command line. */
export const tokenRequest = z.discriminatedUnion(
  'verb',
  [
    z.strictObject({
      verb: z.literal('create'),
      name: newTokenInput.name,
      scopes: z.union([every, list.pipe(newTokenInput.scopes)], { error: `expected all, or some of ${SCOPES.join(', ')}` }),
      days: days.optional(),
      limit: text(newTokenInput.requestsPerMinute.unwrap().unwrap()).optional(),
    }),
    z.strictObject({ verb: z.literal('list') }),
    z.strictObject({
      verb: z.literal('rotate'),
      id: z.string(),
      grace: text(rotationInput.graceMinutes.unwrap()).optional(),
      days: days.optional(),
    }),
    z.strictObject({ verb: z.literal('revoke'), id: z.string() }),
  ],
  { error: 'expected create, list, rotate or revoke' },
);
export type TokenRequest = z.output<typeof tokenRequest>;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DEFAULT_DAYS = 365;

/** Resolves to the lines to print. */
export async function token(config: Config, log: Log, request: TokenRequest): Promise<readonly string[]> {
  if (config.storage.type === 'memory') {
    const message =
      'With SESSION_STORAGE_TYPE=memory the tokens are in the running program alone. Send it POST /api/tokens with its API token (docs/reference/api-tokens.md).';
    throw new StatechatError('no_store', message);
  }
  const { apiTokens, auditTrail, ping, close } = await openStoreBeside(config, log);
  try {
    const at = Math.floor(await ping());
    const { kind, agent, role } = tokenCaller(config.http.defaultAgentId);
    const { lines, target, detail } = await answer(apiTokensOver({ tokens: apiTokens, now: () => at }), request, { at, by: agent.id });
    const { name: operation, effect } = OPERATIONS[request.verb];
    const entry = { at, kind, agent: agent.id, role, operation, effect, target, outcome: 'done', detail, network: null };
    if (effect === 'write') await auditTrail.appendAudit([entry]);
    return lines;
  } finally {
    await close();
  }
}

const OPERATIONS = { create: createToken, list: listTokens, rotate: rotateToken, revoke: revokeToken };

interface Answer {
  readonly lines: readonly string[];
  readonly target: string | null;
  readonly detail: string | null;
}

async function answer(tokens: ApiTokenIssuer, request: TokenRequest, { at, by }: { at: number; by: string }): Promise<Answer> {
  switch (request.verb) {
    case 'create': {
      const { name, scopes, days: given = DEFAULT_DAYS, limit = null } = request;
      const expiresAt = at + given * DAY_MS;
      const made = await tokens.issue({ name, scopes, role: 'admin', requestsPerMinute: limit, createdBy: by, expiresAt });
      if (made === undefined) throw new StatechatError('no_room', 'There are too many tokens. Revoke some that are not used any more.');
      const lines = [`The token "${name}" (${made.token.id}) is valid until ${day(expiresAt)}. It is shown only now.`, '', made.secret];
      return { lines, target: made.token.id, detail: `${name}: ${scopes.join(' ')}` };
    }
    case 'list': {
      const lines = (await tokens.list()).map(({ id, name, scopes, expiresAt, lastUsedAt }) =>
        [id, name, expiresAt === null ? 'no expiry' : `until ${day(expiresAt)}`, used(lastUsedAt), scopes.join(' ')].join('  '),
      );
      return {
        lines: lines.length === 0 ? ['There is no token but the first one (STATECHAT_API_TOKEN).'] : lines,
        target: null,
        detail: null,
      };
    }
    case 'rotate': {
      const { id, grace = 0, days: given } = request;
      const expiresAt = given === undefined ? {} : { expiresAt: at + given * DAY_MS };
      const made = await tokens.rotate(id, { graceMs: grace * MINUTE_MS, ...expiresAt });
      if (made === undefined) throw noSuchToken(id);
      const former = grace === 0 ? 'The one before is refused from now on.' : `The one before is accepted for ${grace} more minutes.`;
      return {
        lines: [`The token "${made.token.name}" is new. ${former} It is shown only now.`, '', made.secret],
        target: id,
        detail: null,
      };
    }
    case 'revoke':
      if (!(await tokens.revoke(request.id))) throw noSuchToken(request.id);
      return { lines: ['The token is refused from now on.'], target: request.id, detail: null };
  }
}

function noSuchToken(id: string): StatechatError {
  return new StatechatError('not_found', `There is no token "${id}". "statechat token list" has the ids of those there are.`);
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function used(at: number | null): string {
  return at === null ? 'never used' : `last used ${new Date(at).toISOString()}`;
}
