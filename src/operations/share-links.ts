/**
 * Operations on share links. A link shows one session, and hides personal data unless it says so.
 */
import * as z from 'zod';
import { MAX_SEQ } from '#machines/ids.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { existingSession, sessionIdInput } from './sessions.ts';

const linkSchema = z.strictObject({
  id: z.string(),
  createdBy: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
  sessionId: z.string(),
  seq: z.number().nullable().describe('The last step that it shows. Null: all, also later ones.'),
  personal: z.boolean().describe('It shows personal data.'),
});

const DAY_MS = 86_400_000;

export const createShareLink = defineOperation({
  name: 'share_links.create',
  scope: 'share_links:write',
  effect: 'write',
  secret: true,
  summary: 'Makes a link that shows one session to people without an account.',
  input: z.strictObject({
    sessionId: sessionIdInput,
    seq: wholeNumber(1, MAX_SEQ).nullable().default(null).describe('The last step that it shows. Null: all, also later ones.'),
    days: wholeNumber(1, 30).default(7).describe('After which it expires.'),
    personal: z.boolean().default(false).describe('It shows personal data. The caller needs the scope sessions:personal.'),
  }),
  output: linkSchema.extend({
    token: z.string().describe('Shown once. A bearer token for the replay, the timeline and the machine of the session.'),
    path: z.string().describe('The page that shows it, below the public URL.'),
  }),
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  detail: ({ days, personal }) => `${days} days${personal ? ', with personal data' : ''}`,
  async run(context, { sessionId, seq, days, personal }) {
    const { caller, shareLinks, now } = context;
    if (personal && !caller.scopes.has('sessions:personal')) {
      throw new OperationProblem(problemTypes.forbidden, 'A link with personal data needs the scope sessions:personal.', {
        scope: 'sessions:personal',
      });
    }
    const row = await existingSession(context, sessionId);
    const { link, token } = await shareLinks.create({
      sessionId: row.id,
      seq,
      personal,
      createdBy: caller.agent.id,
      expiresAt: now() + days * DAY_MS,
    });
    const place = new URLSearchParams({ session: row.id, ...(seq === null ? {} : { seq: String(seq) }), share: token });
    return { ...link, token, path: `/machines#${place}` };
  },
});

export const listShareLinks = defineOperation({
  name: 'share_links.list',
  scope: 'share_links:write',
  effect: 'read',
  summary: 'Lists the share links that have not expired, newest first.',
  input: z.strictObject({}),
  output: z.strictObject({ links: z.array(linkSchema).readonly() }),
  async run({ shareLinks }) {
    return { links: await shareLinks.list() };
  },
});

export const revokeShareLink = defineOperation({
  name: 'share_links.revoke',
  scope: 'share_links:write',
  effect: 'write',
  summary: 'Ends a share link at once.',
  input: z.strictObject({ linkId: z.string().min(1).max(100) }),
  output: z.strictObject({ revoked: z.literal(true) }),
  errors: [problemTypes.notFound],
  target: ({ linkId }) => linkId,
  async run({ shareLinks }, { linkId }) {
    if (await shareLinks.revoke(linkId)) return { revoked: true as const };
    throw new OperationProblem(problemTypes.notFound, 'There is no such link, or it has expired.');
  },
});
