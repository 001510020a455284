/**
 * Mentions port. It keeps which agents a note mentions, so that one who was away finds it later.
 * A mention names the note and has none of its text, which stays in the journal alone. Each store
 * has one (`StoreLifecycle.mentions`).
 *
 * Times are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import * as z from 'zod';
import { checkedCursor, mentionsCursor } from '#storage/cursor.ts';
import type { Page } from '#storage/port.ts';

export const mentionSchema = z.strictObject({
  /** Names the note. Together with the agent it is unique. */
  id: z.string().min(1).max(100),
  /** The agent that is mentioned. */
  agentId: z.string().min(1).max(100),
  sessionId: z.string().min(1).max(100),
  /** Id of the agent who wrote the note. */
  by: z.string().min(1).max(100),
  /** When the note was written. */
  at: z.int().nonnegative(),
  /** When the agent marked it as seen. Null if not yet. */
  seenAt: z.int().nonnegative().nullable(),
});
export type Mention = z.infer<typeof mentionSchema>;

export interface Mentions {
  /** Stores those that are not stored yet. A mention that is there stays as it is. */
  addMentions(mentions: readonly Mention[]): Promise<void>;
  /** Those of the agent, newest first. With `unseen` only those that are not seen. */
  mentions(agentId: string, unseen: boolean, limit: number, cursor?: string): Promise<Page<Mention>>;
  /** Marks mentions of the agent as seen. Returns how many were not. */
  seeMentions(agentId: string, ids: readonly string[], at: number): Promise<number>;
  /** Deletes up to `limit` mentions from before `before`. Returns how many. */
  forgetMentions(before: number, limit: number): Promise<number>;
}

interface Place {
  readonly at: number;
  readonly id: string;
}

/** Where a page ended. Before all mentions if there is no cursor. */
export function mentionPlace(cursor: string | undefined): Place {
  const [at, ...id] = checkedCursor(mentionsCursor, cursor)?.split(' ') ?? [];
  return at === undefined ? { at: Number.MAX_SAFE_INTEGER, id: '' } : { at: Number(at), id: id.join(' ') };
}

export function mentionPage(found: readonly Mention[], limit: number): Page<Mention> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? `${last.at} ${last.id}` : null };
}

/** Newest first. */
export function byMentionPlace(a: Place, b: Place): number {
  return b.at - a.at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
