/** What one session cost and did so far, as its machine counts. */
import * as z from 'zod';
import { machineIn } from '#actors/session/stored-machine.ts';
import { defineOperation } from './operation.ts';
import { problemTypes } from './problems.ts';
import { existingSession, sessionIdInput } from './sessions.ts';

const count = z.number();
const countersSchema = z.strictObject({
  messages: count,
  received: count.describe("The customer's."),
  notes: count,
  toolCalls: count,
  errors: count,
  tokensIn: count,
  tokensOut: count,
  costMicros: count.describe('Millionths of a US dollar.'),
  cacheHits: count,
  runs: count,
});

/** A machine of an assistant's own may count nothing, or something else. */
const counted = z.object({ counters: z.looseObject({}) });

export const sessionCounters = defineOperation({
  name: 'sessions.counters',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Counts the messages, calls, tokens and cost of one session.',
  input: z.strictObject({ sessionId: sessionIdInput }),
  output: z.strictObject({
    sessionId: z.string(),
    version: z.number(),
    durationMs: z.number().describe('From its opening to its last activity.'),
    counters: countersSchema.partial().describe('Without those that the machine of the session does not count.'),
  }),
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId }) {
    const row = await existingSession(context, sessionId);
    const known = counted.safeParse(machineIn(row)?.context).data?.counters ?? {};
    const counters = countersSchema.partial().strip().safeParse(known).data ?? {};
    return { sessionId: row.id, version: row.version, durationMs: row.lastActivityAt - row.openedAt, counters };
  },
});
