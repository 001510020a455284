/**
 * Search for stores without an index. It reads sessions, youngest first, and each from its last
 * entry, until a page is full or a budget is spent. It reads them twice, for exact matches and then
 * for near ones. Turns run between two sessions.
 */
import { setImmediate } from 'node:timers/promises';
import { parseSessionId } from '#machines/ids.ts';
import { checkedCursor, searchCursor } from '#storage/cursor.ts';
import type { JournalEntry, Page, SessionFilter, SessionRow, Store } from '#storage/port.ts';
import { type SearchFilter, type SearchHit, type SearchIndex, type SearchRequest, type Source, sourceOf } from '#storage/search.ts';
import { type Match, matchOf } from '#storage/search-query.ts';
import { matchesFilter } from '#storage/session-filter.ts';

type Read = Pick<Store, 'load' | 'sessions' | 'journal'>;

/** Entries that one call reads at most, give or take a page of them. */
const BUDGET = 2_000;
const SESSIONS = 20;
const ENTRIES = 200;
/** No session has this id, and all come after it. */
const YOUNGEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export function scanningSearch(store: Read): SearchIndex {
  return {
    search: (request) => scan(store, request),
    unindexed: async () => [],
    put: async () => {},
    forgetWords: async () => null,
  };
}

/** Where a page goes on, which is before that entry. */
interface Place {
  readonly match: Match;
  readonly session: string | undefined;
  readonly before: number;
}

async function scan(store: Read, request: SearchRequest): Promise<Page<SearchHit>> {
  const { query, limit } = request;
  if (query.length === 0) return { items: [], next: null };
  const from = placeOf(request.cursor);
  const hits: SearchHit[] = [];
  let read = 0;
  for (const match of from.match === 'exact' ? (['exact', 'near'] as const) : (['near'] as const)) {
    const start = match === from.match ? from.session : undefined;
    for await (const session of sessionsFrom(store, request.filter, start)) {
      let before = session.id === start ? from.before : Number.POSITIVE_INFINITY;
      for (;;) {
        if (read >= BUDGET)
          return { items: hits, next: cursorOf({ match, session: session.id, before: Math.min(before, session.version + 1) }) };
        const { found, oldest, count } = await matchesBefore(store, request, session, before, match);
        read += Math.max(1, count);
        await setImmediate();
        for (const hit of found) {
          if (hits.length === limit) return { items: hits, next: cursorOf(placeAfter(match, hits.at(-1))) };
          hits.push(hit);
        }
        if (oldest === 0) break;
        before = oldest;
      }
    }
  }
  return { items: hits, next: null };
}

/**
 * Matches of a page of entries before that one, the last first. The profile stands before entry 1.
 */
async function matchesBefore(store: Read, { query, filter, profileOf }: SearchRequest, session: SessionRow, before: number, match: Match) {
  const end = Math.min(before - 1, session.version);
  const after = Math.max(0, end - ENTRIES);
  const entries =
    end > 0 && (filter.sources === undefined || filter.sources.some((source) => source !== 'profile'))
      ? await store.journal(session.id, after, end - after)
      : [];
  const found: SearchHit[] = [];
  const hit = (at: number, entry: JournalEntry | undefined): SearchHit => ({ sessionId: session.id, at, isNear: match === 'near', entry });
  for (const entry of entries.toReversed()) {
    if (entry.text === null || !isWanted(filter, sourceOf(entry.kind), entry.at)) continue;
    if (matchOf(entry.text, query) === match) found.push(hit(entry.at, entry));
  }
  const at = session.openedAt;
  if (after === 0 && end >= 0 && isWanted(filter, 'profile', at) && matchOf(profileOf(session), query) === match)
    found.push(hit(at, undefined));
  return { found, oldest: after, count: entries.length };
}

function isWanted({ sources, from, to }: SearchFilter, source: Source, at: number): boolean {
  return (sources === undefined || sources.includes(source)) && (from === undefined || at >= from) && (to === undefined || at < to);
}

function placeOf(cursor: string | undefined): Place {
  const [match, session, before] = checkedCursor(searchCursor, cursor)?.split('.') ?? [];
  return { match: match === 'n' ? 'near' : 'exact', session, before: Number(before ?? 0) };
}

/**
 * A profile has the place of entry 0, which no entry has. Near matches begin at the youngest
 * session.
 */
function placeAfter(match: Match, last: SearchHit | undefined): Place {
  if (last === undefined || last.isNear !== (match === 'near')) return { match, session: YOUNGEST, before: 0 };
  return { match, session: last.sessionId, before: last.entry?.seq ?? 0 };
}

function cursorOf({ match, session, before }: Place): string {
  return `${match === 'near' ? 'n' : 'e'}.${session}.${before}`;
}

/** Sessions that match, youngest first, beginning with that one. */
async function* sessionsFrom(store: Read, filter: SearchFilter, from: string | undefined): AsyncGenerator<SessionRow> {
  const { session: only, channel, assistant, agent, tag, open, to } = filter;
  const wanted: SessionFilter = {
    ...(channel === undefined ? {} : { channel }),
    ...(assistant === undefined ? {} : { assistant }),
    ...(agent === undefined ? {} : { agent }),
    ...(tag === undefined ? {} : { tag }),
    ...(open === undefined ? {} : { open }),
  };
  const first = only ?? (from === undefined ? undefined : parseSessionId(from));
  const row = first === undefined ? undefined : await store.load({ id: first });
  if (row !== undefined && matchesFilter(row, wanted)) yield row;
  if (only !== undefined) return;
  for (let cursor = from; ; ) {
    const { items, next } = await store.sessions(wanted, SESSIONS, cursor);
    for (const session of items) if (to === undefined || session.openedAt < to) yield session;
    if (next === null) return;
    cursor = next;
  }
}
