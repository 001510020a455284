/** Search over messages and over sessions, open and closed (SPEC M5). */
import * as z from 'zod';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import { type SearchFilter, type SearchHit, SOURCES } from '#storage/search.ts';
import { marksIn, matchOf, parseQuery, type SearchQuery } from '#storage/search-query.ts';
import type { OperationContext } from './context.ts';
import { customerName, profileFields, profileOf, searchedText } from './customer-profile.ts';
import { defineOperation } from './operation.ts';
import { pageInput, pageOutput, wholeNumber } from './paging.ts';
import { sessionFilterInput } from './session-filter.ts';
import { matchSchema, matchView, sessionSchema, sessionView } from './session-view.ts';

/** Characters around a match. */
const LINE = 200;
/** Entries that a search of sessions reads at once, and how often. Most are of few sessions. */
const HITS = 100;
const ROUNDS = 5;
/** 31 December 9999, in milliseconds. */
const LATEST = 253_402_300_799_999;

const WORDS = 'Each of its words must begin a word of what is found. Words in "quotation marks" must stand side by side.';
const marks = z.array(z.tuple([z.int(), z.int()])).describe('Where the words are, as start and end in UTF-16 units.');
const near = z.boolean().describe('It was found by words that differ by a slip of the keyboard. Such matches come last.');
const { channel, assistant, agent, tag, open } = sessionFilterInput;

const MESSAGE_SOURCES = SOURCES.filter((source) => source !== 'profile');

export const searchMessages = defineOperation({
  name: 'archive.search',
  scope: 'archive:read',
  effect: 'read',
  summary: 'Searches messages and notes, in one session or in all, by the beginnings of words and by phrases.',
  input: z.strictObject({
    query: z.string().trim().min(1).max(500).describe(WORDS),
    session: z.uuid().describe('Only in the session with this id.').exactOptional(),
    source: z.enum(MESSAGE_SOURCES).describe('Only what they wrote. `event` is everything else that has a text.').exactOptional(),
    ...{ channel, assistant, agent, tag, open },
    from: wholeNumber(0, LATEST).describe('Only what was written then or later, in milliseconds since the epoch.').exactOptional(),
    to: wholeNumber(0, LATEST).describe('Only what was written before then.').exactOptional(),
    ...pageInput({ mostItems: 200, items: 50 }),
  }),
  output: z.strictObject({ matches: z.array(matchSchema.extend({ marks, near })), ...pageOutput }),
  async run({ search }, { query: text, limit, cursor, session, source, ...rest }) {
    const query = parseQuery(text);
    const filter: SearchFilter = {
      ...rest,
      sources: source === undefined ? MESSAGE_SOURCES : [source],
      ...(session === undefined ? {} : { session: parseSessionId(session) }),
    };
    const page = await search.search({ query, filter, limit, profileOf, ...(cursor === undefined ? {} : { cursor }) });
    const matches = page.items.flatMap(({ entry, isNear }) =>
      entry === undefined ? [] : [{ ...matchView(entry), marks: marksIn(entry.text ?? '', query), near: isNear }],
    );
    return { matches, next: page.next };
  },
});

const FIELDS = ['name', 'handle', 'phone', 'address', 'tag', 'text'] as const;

const sessionMatch = z.strictObject({
  session: sessionSchema,
  customer: z.string().nullable().describe('How the customer is called. Null if nothing is known but the address.'),
  field: z.enum(FIELDS).describe('Where the query was found.'),
  line: z.string().describe('What was found there.'),
  marks,
  near,
  seq: z.number().nullable().describe('The entry of the message. Null if it was found in what is known of the customer.'),
  at: z.number().describe('When the message was written, or something last happened in the session.'),
});
type SessionMatch = z.input<typeof sessionMatch>;

export const searchSessions = defineOperation({
  name: 'sessions.search',
  scope: 'sessions:read',
  effect: 'read',
  summary: "Searches sessions by the customer's name, handle, phone, address and tags, and by what was said.",
  input: z.strictObject({
    query: z.string().trim().min(1).max(200).describe(WORDS),
    limit: wholeNumber(1, 100).default(30),
  }),
  output: z.strictObject({
    matches: z.array(sessionMatch),
    complete: z.boolean().describe('False if there may be more matches.'),
  }),
  async run(context, { query: text, limit }) {
    const query = parseQuery(text);
    const { found, complete } = await hitsBySession(context, query, limit);
    const matches: SessionMatch[] = [];
    for (const hit of found) {
      const row = await context.store.load({ id: hit.sessionId });
      if (row !== undefined) matches.push(shown(row, hit, query));
    }
    return { matches, complete };
  },
});

/** The first match of each session, or who its customer is if that matches. */
async function hitsBySession({ search }: OperationContext, query: SearchQuery, limit: number) {
  const found = new Map<SessionId, SearchHit>();
  let cursor: string | undefined;
  for (let round = 0; round < ROUNDS && found.size <= limit; round += 1) {
    const page = await search.search({ query, filter: {}, limit: HITS, profileOf, ...(cursor === undefined ? {} : { cursor }) });
    for (const hit of page.items) {
      const known = found.get(hit.sessionId);
      if (known === undefined || (hit.entry === undefined && known.isNear === hit.isNear)) found.set(hit.sessionId, hit);
    }
    if (page.next === null) return { found: [...found.values()].slice(0, limit), complete: found.size <= limit };
    cursor = page.next;
  }
  return { found: [...found.values()].slice(0, limit), complete: false };
}

function shown(row: SessionRow, { entry, isNear }: SearchHit, query: SearchQuery): SessionMatch {
  const about = { session: { ...sessionView(row), tags: [...row.tags] }, customer: customerName(row), near: isNear };
  if (entry !== undefined) return { ...about, field: 'text', ...lineOf(entry.text ?? '', query), seq: entry.seq, at: entry.at };
  const fields = profileFields(row);
  // The words may be in several fields.
  const found =
    fields.find((field) => matchOf(searchedText(field), query) !== undefined) ??
    fields.find((field) => marksIn(searchedText(field), query).length > 0);
  const { field, text } = found ?? { field: 'address' as const, text: row.address };
  return { ...about, field, ...lineOf(text, query), seq: null, at: row.lastActivityAt };
}

/** The part of a text around the first match. */
function lineOf(text: string, query: SearchQuery): Pick<SessionMatch, 'line' | 'marks'> {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  const first = marksIn(flat, query)[0]?.[0] ?? 0;
  const start = flat.length <= LINE ? 0 : Math.max(0, Math.min(first - LINE / 2, flat.length - LINE));
  const cut = flat.slice(start, start + LINE).toWellFormed();
  const line = `${start > 0 ? '…' : ''}${cut}${start + LINE < flat.length ? '…' : ''}`;
  return { line, marks: marksIn(line, query) };
}
