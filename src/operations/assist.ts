/**
 * What the model writes for a human agent, which is the draft of a reply and a brief at take-over
 * (SPEC H1). Neither changes the conversation. The journal has that a draft was made, and keeps
 * each brief.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { HOST_EVENT } from '#actors/contract/api.ts';
import { StatechatError } from '#machines/errors.ts';
import { type AssistWish, SPOKEN_KINDS } from '#machines/session/assist.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import type { Assisted } from './agent-assist.ts';
import type { OperationContext } from './context.ts';
import { defineOperation } from './operation.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { existingSession, sessionIdInput } from './sessions.ts';

const { notFound, held, closed, noContext, budgetSpent, notWritten } = problemTypes;

/** Entries among which notes and a kept brief are looked for. */
const LAST_ENTRIES = 200;

const written = {
  text: z.string(),
  model: z.string().describe('Name of the model that wrote it.'),
  offline: z.boolean().describe('It was written without a language model.'),
};

export const suggestReply = defineOperation({
  name: 'sessions.suggest_reply',
  scope: 'sessions:act',
  effect: 'write',
  summary: 'Drafts a reply for an agent. Nothing is sent. The run counts in the money of the session.',
  input: z.strictObject({ sessionId: sessionIdInput }),
  output: z.strictObject({ ...written, version: z.number().describe('Of the session that the draft was made from.') }),
  errors: [notFound, held, closed, noContext, budgetSpent, notWritten],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId }) {
    const { caller, actors, signal, onText } = context;
    const row = await existingSession(context, sessionId);
    if (!row.open) throw new OperationProblem(closed, 'The session is closed, so nobody can reply in it.');
    if (caller.kind === 'agent' && row.handler === 'human' && row.agentId !== caller.agent.id) {
      const holder = (row.agentId !== null && (await context.agents.agent({ id: row.agentId }))?.name) || 'Another agent';
      throw new OperationProblem(held, `${holder} holds this session, and only the holder replies.`, { holder });
    }
    const notes = notesIn(await lastEntries(context, row));
    const runId = `draft.${randomUUID()}`;
    const made = await write(context, row, { type: 'reply', agent: caller.agent.name, notes }, { runId, signal, onText });
    await actors.remark(row.id, {
      eventId: `${HOST_EVENT}${runId}`,
      entryKind: 'run',
      author: caller.agent.name,
      text: `drafted a reply for ${caller.agent.name}`,
      payload: { draft: { agent: caller.agent.id, model: made.model } },
    });
    return { ...made, version: row.version };
  },
});

const language = z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'expected a BCP 47 language tag such as ar');
const briefPayload = z.object({ brief: z.object({ through: z.number(), language: z.string(), model: z.string(), offline: z.boolean() }) });
/** Kind of the entries that keep a brief. */
const BRIEF = 'brief';

export const briefSession = defineOperation({
  name: 'sessions.brief',
  scope: 'sessions:act',
  effect: 'write',
  summary: 'Briefs an agent who takes over. A brief is made once for each state of the conversation.',
  input: z.strictObject({
    sessionId: sessionIdInput,
    language: language.default('en').describe('Of the brief.'),
    refresh: z.boolean().default(false).describe('Makes a new one if the kept one is behind.'),
  }),
  output: z.strictObject({
    ...written,
    at: z.number().describe('When it was made.'),
    behind: z.number().describe('Messages and notes since then.'),
  }),
  errors: [notFound, closed, noContext, budgetSpent, notWritten],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId, language: tag, refresh }) {
    const { actors, now } = context;
    const row = await existingSession(context, sessionId);
    const entries = await lastEntries(context, row);
    const spoken = entries.filter(isSpoken);
    const through = spoken.at(-1)?.seq ?? 0;
    const wanted = primaryOf(tag);
    const kept = keptBrief(entries, wanted);
    if (kept !== undefined && (kept.through >= through || !refresh)) {
      const { through: until, ...brief } = kept;
      return { ...brief, behind: spoken.filter(({ seq }) => seq > until).length };
    }
    if (!row.open) throw new OperationProblem(closed, 'The session is closed, and no brief of it was kept.');
    // The name is the same for all who ask at the same time, so there is one run. No caller stops
    // it, because the others wait for it too.
    const name = `brief.${row.id}.${through}.${wanted}`;
    const made = await write(context, row, { type: 'brief', language: wanted, notes: notesIn(entries) }, { runId: name });
    const at = now();
    await actors.remark(row.id, {
      eventId: `${HOST_EVENT}${name}`,
      entryKind: BRIEF,
      author: 'system',
      text: made.text,
      payload: { brief: { through, language: wanted, model: made.model, offline: made.offline } },
    });
    return { ...made, at, behind: 0 };
  },
});

function primaryOf(tag: string): string {
  return tag.split('-')[0]?.toLowerCase() ?? tag;
}

function lastEntries({ store }: OperationContext, { id, version }: SessionRow): Promise<readonly JournalEntry[]> {
  return store.journal(id, Math.max(0, version - LAST_ENTRIES), LAST_ENTRIES);
}

function isSpoken({ kind }: JournalEntry): boolean {
  return SPOKEN_KINDS.has(kind);
}

/** With the names of their authors, oldest first. */
function notesIn(entries: readonly JournalEntry[]): readonly string[] {
  return entries.flatMap(({ kind, author, text }) => (kind === 'note' && text !== null ? [`${author ?? ''}: ${text}`] : []));
}

function keptBrief(entries: readonly JournalEntry[], wanted: string) {
  for (const { kind, text, at, payload } of entries.toReversed()) {
    const brief = kind === BRIEF ? briefPayload.safeParse(payload).data?.brief : undefined;
    if (brief === undefined || text === null || brief.language !== wanted) continue;
    const { through, model, offline } = brief;
    return { text, at, through, model, offline };
  }
  return undefined;
}

async function write(
  { assist }: OperationContext,
  row: SessionRow,
  wish: AssistWish,
  options: Parameters<OperationContext['assist']>[2],
): Promise<Assisted> {
  let made: Assisted | undefined;
  try {
    made = await assist(row, wish, options);
  } catch (error) {
    throw problemOf(error);
  }
  if (made === undefined)
    throw new OperationProblem(noContext, `The assistant "${row.assistant}" uses no model, so nothing can be drafted.`);
  return made;
}

/** What cannot pass by itself is a problem. The rest stays what it is. */
function problemOf(error: unknown): unknown {
  if (!(error instanceof StatechatError) || error.retryable) return error;
  if (error.code === 'budget_spent') {
    const detail =
      'A budget of this conversation, its customer or the program is spent, so no model was called. Write it yourself, or raise the budget.';
    return new OperationProblem(budgetSpent, detail);
  }
  return new OperationProblem(notWritten, `The model wrote nothing (${error.code}). Write it yourself, or try again.`, {
    reason: error.code,
  });
}
