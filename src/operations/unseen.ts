/**
 * What a human agent has not seen. An answer is held back if the customer or a colleague wrote after
 * the entry that its writer saw last.
 */
import { AppliedEvents } from '#actors/session/applied-events.ts';
import type { SessionId } from '#machines/ids.ts';
import { sessionEvent } from '#machines/session/events.ts';
import type { JournalEntry, Store } from '#storage/port.ts';

/** Entries that are read at a time. */
const PAGE = 500;

export interface Unseen {
  /** What people wrote after `seen`, in order. */
  readonly written: readonly JournalEntry[];
  /** The entry that has the event id, if there is one. */
  readonly repeated: JournalEntry | undefined;
}

/** Reads the entries after `seen`, up to and including `version`. */
export async function unseenBy(
  store: Pick<Store, 'journal'>,
  agentId: string,
  { sessionId, seen, version, eventId }: { sessionId: SessionId; seen: number; version: number; eventId: string | undefined },
): Promise<Unseen> {
  const applied = new AppliedEvents();
  const written: JournalEntry[] = [];
  let repeated: JournalEntry | undefined;
  for (let after = seen; after < version; ) {
    const page = await store.journal(sessionId, after, Math.min(PAGE, version - after));
    if (page.length === 0) break;
    for (const entry of page) {
      if (eventId !== undefined && entry.eventId === eventId) repeated = entry;
      if (isWrittenByOther(applied.read(entry), agentId)) written.push(entry);
    }
    after = page.at(-1)?.seq ?? version;
  }
  return { written, repeated };
}

function isWrittenByOther(event: unknown, agentId: string): boolean {
  const parsed = sessionEvent.safeParse(event);
  if (!parsed.success) return false;
  const { data } = parsed;
  if (data.type === 'agent.message') return data.agent.id !== agentId;
  return data.type === 'customer.message' || data.type === 'customer.edit' || data.type === 'customer.command';
}
