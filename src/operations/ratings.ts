/** The customer's rating of a session (CSAT). */
import * as z from 'zod';
import { machineIn } from '#actors/session/stored-machine.ts';
import { contextSchema } from '#machines/session/context.ts';
import { RATING, ratingIn, ratingSchema } from '#machines/session/rating.ts';
import { defineOperation } from './operation.ts';
import { problemTypes } from './problems.ts';
import { existingSession, sessionIdInput } from './sessions.ts';

/** Entries after the close among which the ratings are. */
const LAST_ENTRIES = 200;

const asked = contextSchema.pick({ rating: true }).loose();

export const getRating = defineOperation({
  name: 'sessions.rating',
  scope: 'sessions:read',
  effect: 'read',
  summary: "Reads a customer's rating of a closed session.",
  input: z.strictObject({ sessionId: sessionIdInput }),
  output: z.strictObject({
    askedAt: z.number().nullable().describe('Null if the customer was not asked.'),
    until: z.number().nullable().describe('Until then the rating is taken and may be changed.'),
    rating: ratingSchema.extend({ at: z.number() }).nullable().describe('`agent` is the one who wrote to the customer last.'),
  }),
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId }) {
    const row = await existingSession(context, sessionId);
    const { askedAt = null, until = null } = asked.safeParse(machineIn(row)?.context).data?.rating ?? {};
    const entries = askedAt === null ? [] : await context.store.journal(row.id, Math.max(0, row.version - LAST_ENTRIES), LAST_ENTRIES);
    const ratings = entries.filter(({ kind }) => kind === RATING);
    const rating = ratingIn(ratings);
    const at = ratings.findLast(({ payload }) => Reflect.get(Object(payload), 'late') !== true)?.at ?? 0;
    return { askedAt, until, rating: rating === undefined ? null : { ...rating, at } };
  },
});
