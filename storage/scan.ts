/**
 * Search for stores without an index of words. It reads closed sessions, youngest first, until a
 * page is full or a budget is spent.
 */
import { parseSessionId } from '#machines/ids.ts';
import { checkedCursor, searchCursor } from '#storage/cursor.ts';
import type { JournalEntry, Page, SessionRow, Store } from '#storage/port.ts';
import { matchesWords, queryWords } from '#storage/words.ts';

/** Entries that one call reads at most, give or take a page of them. */
const BUDGET = 2_000;
const SESSIONS = 20;
const ENTRIES = 200;

export async function scan(
  store: Pick<Store, 'load' | 'sessions' | 'journal'>,
  query: string,
  limit: number,
  cursor?: string,
): Promise<Page<JournalEntry>> {
  const words = queryWords(query);
  if (words.length === 0) return { items: [], next: null };
  const [from, beforeSeq = ''] = checkedCursor(searchCursor, cursor)?.split('.') ?? [];
  let read = 0;
  const found: JournalEntry[] = [];
  for await (const session of closedFrom(store, from)) {
    if (read >= BUDGET) return { items: found, next: `${session.id}.${session.version + 1}` };
    // Backwards, since the last entries come first.
    let end = session.id === from ? Math.min(Number(beforeSeq) - 1, session.version) : session.version;
    while (end > 0) {
      const after = Math.max(0, end - ENTRIES);
      const entries = await store.journal(session.id, after, end - after);
      read += entries.length;
      for (const entry of entries.toReversed()) {
        if (entry.text === null || !matchesWords(entry.text, words)) continue;
        if (found.length === limit) {
          const last = found.at(-1);
          return { items: found, next: `${last?.sessionId}.${last?.seq}` };
        }
        found.push(entry);
      }
      end = after;
      if (read >= BUDGET && end > 0) return { items: found, next: `${session.id}.${end + 1}` };
    }
  }
  return { items: found, next: null };
}

/** Closed sessions, youngest first, beginning with that one. */
async function* closedFrom(store: Pick<Store, 'load' | 'sessions'>, from: string | undefined): AsyncGenerator<SessionRow> {
  const first = from === undefined ? undefined : await store.load({ id: parseSessionId(from) });
  if (first?.open === false) yield first;
  for (let cursor = from; ; ) {
    const { items, next } = await store.sessions({ open: false }, SESSIONS, cursor);
    yield* items;
    if (next === null) return;
    cursor = next;
  }
}
