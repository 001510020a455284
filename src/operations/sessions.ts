/** Operations that read sessions, their history, and the context that a model would get. */
import * as z from 'zod';
import { MAX_SEQ, parseSessionId, type SessionId } from '#machines/ids.ts';
import { factFields } from '#machines/session/fact-fields.ts';
import type { SessionRow } from '#storage/port.ts';
import type { OperationContext } from './context.ts';
import { defineOperation } from './operation.ts';
import { pageInput, pageOutput, wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { sessionFilterInput } from './session-filter.ts';
import { entrySchema, entryView, sessionSchema, sessionView, wholeSessionSchema, wholeSessionView } from './session-view.ts';

/** Takes any text. Text that cannot be an id names no session, so the problem is `not_found`. */
export const sessionIdInput = z.string().describe("A session's id, a UUID.");

const scope = 'sessions:read';
const effect = 'read';

export const listSessions = defineOperation({
  name: 'sessions.list',
  scope,
  effect,
  summary: 'Lists sessions, newest first.',
  input: z.strictObject({ ...sessionFilterInput, ...pageInput({ mostItems: 200, items: 50 }) }),
  output: z.strictObject({ sessions: z.array(sessionSchema), ...pageOutput }),
  async run({ store }, { limit, cursor, ...filter }) {
    const { items, next } = await store.sessions(filter, limit, cursor);
    return { sessions: items.map(sessionView), next };
  },
});

export const getSession = defineOperation({
  name: 'sessions.get',
  scope,
  effect,
  summary: 'Reads one session with its snapshot.',
  input: z.strictObject({ sessionId: sessionIdInput }),
  output: wholeSessionSchema.extend({
    reactions: z.boolean().describe('Whether its channel takes reactions to messages of the customer.'),
    replies: z.boolean().describe('Whether its channel shows which message one of ours answers.'),
    factFields: factFields.optional().describe("How the assistant's facts are shown to people, by field."),
  }),
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId }) {
    const row = await existingSession(context, sessionId);
    const fields = context.factFieldsOf(row.assistant);
    const capabilities = context.capabilitiesAt(row.address);
    return { ...wholeSessionView(row), ...capabilities, ...(fields === undefined ? {} : { factFields: { ...fields } }) };
  },
});

export const getHistory = defineOperation({
  name: 'sessions.history',
  scope,
  effect,
  summary: "Reads a session's journal: messages, transitions, effects, notes.",
  input: z.strictObject({
    sessionId: sessionIdInput,
    after: wholeNumber(0, MAX_SEQ).default(0).describe('Only entries after this `seq`.'),
    limit: wholeNumber(1, 1_000).default(100),
  }),
  output: z.strictObject({
    entries: z.array(entrySchema),
    next: z.number().nullable().describe('`after` of the following page. Null: this was the last one.'),
  }),
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId, after, limit }) {
    const { id } = await existingSession(context, sessionId);
    const entries = await context.store.journal(id, after, limit + 1);
    const shown = entries.slice(0, limit);
    return { entries: shown.map(entryView), next: entries.length > limit ? (shown.at(-1)?.seq ?? null) : null };
  },
});

export const getContext = defineOperation({
  name: 'sessions.context',
  scope,
  effect,
  summary: 'Builds the context that a model would get for a session now, with the tokens of each part.',
  input: z.strictObject({
    sessionId: sessionIdInput,
    messages: wholeNumber(1, 1_000).exactOptional().describe('At most so many of the last messages.'),
  }),
  output: z.strictObject({
    sessionId: z.string(),
    version: z.number(),
    system: z.array(z.strictObject({ text: z.string(), cached: z.boolean() })),
    messages: z.array(
      z.strictObject({ role: z.enum(['user', 'assistant']), text: z.string(), breaks: z.array(z.number()).readonly().optional() }),
    ),
    tokens: z.strictObject({
      limit: z.number().nullable(),
      total: z.number(),
      prompt: z.number(),
      customer: z.number(),
      analysis: z.number(),
      summaries: z.number(),
      messages: z.number(),
    }),
    shown: z.strictObject({ summaries: z.number(), messages: z.number(), leftOut: z.number(), cut: z.boolean() }),
  }),
  errors: [problemTypes.notFound, problemTypes.noContext],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId, messages }) {
    const row = await existingSession(context, sessionId);
    const built = context.contextOf(row, messages);
    if (built === undefined) {
      const detail = `The assistant "${row.assistant}" has no context for a model. Ask for the session itself: GET /api/sessions/${row.id}.`;
      throw new OperationProblem(problemTypes.noContext, detail);
    }
    return { sessionId: row.id, version: row.version, ...built };
  },
});

/** Throws `not_found`. */
export function idOfSession(text: string): SessionId {
  try {
    return parseSessionId(text);
  } catch {
    throw noSuchSession(text.slice(0, 80));
  }
}

export function noSuchSession(id: string): OperationProblem {
  return new OperationProblem(problemTypes.notFound, `There is no session "${id}". GET /api/sessions lists the ones there are.`);
}

export async function existingSession({ store }: OperationContext, sessionId: string): Promise<SessionRow> {
  const id = idOfSession(sessionId);
  const row = await store.load({ id });
  if (row === undefined) throw noSuchSession(id);
  return row;
}
