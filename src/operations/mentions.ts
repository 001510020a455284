/** Notes that mention the caller. */
import * as z from 'zod';
import type { Mention } from '#storage/mentions.ts';
import type { JournalEntry } from '#storage/port.ts';
import type { OperationContext } from './context.ts';
import { defineOperation } from './operation.ts';
import { pageInput, pageOutput } from './paging.ts';
import { idOfSession } from './sessions.ts';

export const listMentions = defineOperation({
  name: 'mentions.list',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Lists the notes that mention you, newest first.',
  input: z.strictObject({
    unseen: z.boolean('expected true or false').default(false).describe('Only those that you have not marked as seen.'),
    ...pageInput({ mostItems: 100, items: 50 }),
  }),
  output: z.strictObject({
    mentions: z.array(
      z.strictObject({
        id: z.string(),
        sessionId: z.string(),
        seq: z.number().describe('The entry of the note in the history of the session.'),
        at: z.number(),
        by: z.string().describe('The name of the agent who wrote it.'),
        text: z.string(),
        seen: z.boolean(),
      }),
    ),
    ...pageOutput,
  }),
  async run(context, { unseen, limit, cursor }) {
    const { items, next } = await context.mentions.mentions(context.caller.agent.id, unseen, limit, cursor);
    const shown = await Promise.all(items.map((mention) => mentionView(context, mention)));
    // The session of a note may have been deleted.
    return { mentions: shown.filter((mention) => mention !== undefined), next };
  },
});

export const seeMentions = defineOperation({
  name: 'mentions.see',
  scope: 'account:own',
  effect: 'write',
  summary: 'Marks notes that mention you as seen.',
  input: z.strictObject({ ids: z.array(z.string().min(1).max(100)).min(1).max(100) }),
  output: z.strictObject({ seen: z.number().describe('How many were not.') }),
  async run({ mentions, caller, now }, { ids }) {
    return { seen: await mentions.seeMentions(caller.agent.id, ids, now()) };
  },
});

/**
 * A note is followed by a call for each agent that it mentions, and by nothing else of its turn.
 */
const MOST_BETWEEN = 50;

/** The id of a mention names the call. The note is the last one before it. */
async function mentionView({ store }: OperationContext, { id, sessionId, by, at, seenAt }: Mention) {
  const call = Number(id.slice(id.lastIndexOf('.') + 1));
  const after = Math.max(0, call - 1 - MOST_BETWEEN);
  const entries = await store.journal(idOfSession(sessionId), after, call - 1 - after);
  const note = entries.findLast(({ kind }: JournalEntry) => kind === 'note');
  if (note === undefined) return undefined;
  return { id, sessionId, seq: note.seq, at, by: note.author ?? by, text: note.text ?? '', seen: seenAt !== null };
}
