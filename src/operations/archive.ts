/** Legal holds, and dead letters (SPEC D5). */
import * as z from 'zod';
import { actingAgent } from './caller.ts';
import { defineOperation } from './operation.ts';
import { pageInput, pageOutput } from './paging.ts';
import { problemTypes } from './problems.ts';
import { idOfSession, noSuchSession, sessionIdInput } from './sessions.ts';

export const listDeadLetters = defineOperation({
  name: 'dead_letters.list',
  scope: 'dead_letters:read',
  effect: 'read',
  summary: "Lists providers' events that no session could take, newest first.",
  // One of them has up to 65,536 characters.
  input: z.strictObject(pageInput({ mostItems: 20, items: 20 })),
  output: z.strictObject({
    rejected: z.array(
      z.strictObject({
        channel: z.string(),
        account: z.string(),
        providerId: z.string(),
        receivedAt: z.number(),
        code: z.string(),
        reason: z.string(),
        content: z.string().describe('As the provider sent it.'),
        size: z.number().describe('Characters that it had.'),
        cut: z.boolean().describe('`content` has fewer.'),
      }),
    ),
    ...pageOutput,
  }),
  async run({ archive }, { limit, cursor }) {
    const { items, next } = await archive.deadLetters(limit, cursor);
    return { rejected: items.map((event) => ({ ...event, cut: event.size > event.content.length })), next };
  },
});

export const getHold = defineOperation({
  name: 'holds.get',
  scope: 'holds:read',
  effect: 'read',
  summary: "Reads a session's legal hold and its history, which outlives the session.",
  input: z.strictObject({ sessionId: sessionIdInput }),
  output: z.strictObject({
    held: z.boolean(),
    history: z.array(z.strictObject({ held: z.boolean(), at: z.number(), by: z.string(), reason: z.string() })),
  }),
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  async run({ archive, store }, { sessionId }) {
    const id = idOfSession(sessionId);
    const history = await archive.holds(id);
    if (history.length === 0 && (await store.load({ id })) === undefined) throw noSuchSession(id);
    return { held: history.at(-1)?.held ?? false, history };
  },
});

export const setHold = defineOperation({
  name: 'holds.set',
  scope: 'holds:write',
  effect: 'write',
  summary: 'Sets or lifts the legal hold of a session. A held session is never deleted.',
  input: z.strictObject({
    sessionId: sessionIdInput,
    held: z.boolean(),
    reason: z.string().trim().min(1, 'say why: it is kept').max(2_000),
    by: z.string().trim().min(1).max(100).describe('The id of the agent that acts.').optional(),
  }),
  output: z.strictObject({ held: z.boolean(), changed: z.boolean().describe('False: it was so already, and nothing was written.') }),
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  async run({ archive, caller, now }, { sessionId, held, reason, by: named }) {
    const id = idOfSession(sessionId);
    const { id: by } = actingAgent(caller, named);
    const outcome = await archive.hold(id, { held, reason, by, at: now() });
    if (outcome === 'no session') throw noSuchSession(id);
    return { held, changed: outcome === 'changed' };
  },
});
