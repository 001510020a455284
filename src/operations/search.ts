/**
 * Search over sessions, open and closed, by who the customer is and by what was said. Of open
 * sessions it reads the newest, with the messages that their snapshots hold. Older messages are
 * found once the session is closed, by the archive.
 */
import * as z from 'zod';
import { nextRound } from '#actors/contract/waiting.ts';
import { machineIn } from '#actors/session/stored-machine.ts';
import type { SessionRow } from '#storage/port.ts';
import { matchesWords, queryWords } from '#storage/words.ts';
import type { OperationContext } from './context.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { sessionSchema, sessionView } from './session-view.ts';

/** Sessions that one search reads at most, of the open and of the closed ones. */
const MOST_OPEN = 2_000;
const MOST_CLOSED = 500;
const PAGE = 100;
/**
 * Sessions that are searched in one go. Their texts take some milliseconds, and turns wait
 * meanwhile.
 */
const AT_ONCE = 5;
/** Characters around a match. */
const LINE = 200;

const FIELDS = ['name', 'handle', 'phone', 'address', 'tag', 'text'] as const;

const matchSchema = z.strictObject({
  session: sessionSchema,
  customer: z.string().nullable().describe('How the customer is called. Null if nothing is known but the address.'),
  field: z.enum(FIELDS).describe('Where the query was found.'),
  line: z.string().describe('What was found there.'),
  seq: z.number().nullable().describe('The entry of the message, if that is known.'),
  at: z.number().describe('When the message was written, or something last happened in the session.'),
});
type Match = z.input<typeof matchSchema>;

export const searchSessions = defineOperation({
  name: 'sessions.search',
  scope: 'sessions:read',
  effect: 'read',
  summary: "Searches sessions by the customer's name, handle, phone, address and tags, and by what was said.",
  input: z.strictObject({
    query: z.string().trim().min(1).max(200).describe('Each of its words must begin a word of what is found.'),
    limit: wholeNumber(1, 100).default(30),
  }),
  output: z.strictObject({
    matches: z.array(matchSchema),
    complete: z
      .boolean()
      .describe(`False: there are more matches, or more sessions than the ${MOST_OPEN} open and ${MOST_CLOSED} closed ones read.`),
  }),
  async run(context, { query, limit }) {
    const find = finder(query);
    const open = await scan(context, true, MOST_OPEN, limit, find);
    const found = new Map(open.matches.map((match) => [match.session.id, match]));
    const [closed, texts] = await Promise.all([
      scan(context, false, MOST_CLOSED, limit, find),
      context.archive.search(query, limit).then(({ items, next }) => ({ items, complete: next === null })),
    ]);
    for (const match of closed.matches) found.set(match.session.id, match);
    for (const { sessionId, seq, text, at } of texts.items) {
      const row = found.has(sessionId) ? undefined : await context.store.load({ id: sessionId });
      if (row === undefined) continue;
      found.set(sessionId, { ...about(row), field: 'text', line: lineOf(text ?? '', query), seq, at });
    }
    const matches = [...found.values()];
    return { matches: matches.slice(0, limit), complete: open.complete && closed.complete && texts.complete && matches.length <= limit };
  },
});

type Find = (row: SessionRow) => Match | undefined;

async function scan({ store }: OperationContext, open: boolean, most: number, limit: number, find: Find) {
  const matches: Match[] = [];
  let cursor: string | null | undefined;
  for (let read = 0; read < most && cursor !== null && matches.length < limit; read += PAGE) {
    const page = await store.sessions({ open }, PAGE, cursor);
    for (const [index, row] of page.items.entries()) {
      if (index % AT_ONCE === 0) await nextRound();
      const match = find(row);
      if (match !== undefined) matches.push(match);
    }
    cursor = page.next;
  }
  return { matches: matches.slice(0, limit), complete: cursor === null && matches.length <= limit };
}

/** What the session machine keeps of its customer. Other machines may keep none of it. */
const context = z.object({
  customer: z.object({ name: z.string().optional(), handle: z.string().optional(), phone: z.string().optional() }).catch({}),
  messages: z.array(z.object({ text: z.string(), at: z.number() })).catch([]),
});

function contextOf(row: SessionRow): z.output<typeof context> {
  return context.safeParse(machineIn(row)?.context).data ?? { customer: {}, messages: [] };
}

function about(row: SessionRow, { customer }: z.output<typeof context> = contextOf(row)): Pick<Match, 'session' | 'customer'> {
  const { name, handle, phone } = customer;
  return { session: { ...sessionView(row), tags: [...row.tags] }, customer: name ?? handle ?? phone ?? null };
}

function finder(query: string): Find {
  const words = queryWords(query);
  const plain = query.toLowerCase();
  const digits = query.replaceAll(/\D/g, '');
  const isIn = (text: string): boolean => text.toLowerCase().includes(plain) || (words.length > 0 && matchesWords(text, words));
  return (row) => {
    const known = contextOf(row);
    const { customer, messages } = known;
    const { name, handle, phone } = customer;
    const at = row.lastActivityAt;
    const found = (field: Match['field'], line: string): Match => ({ ...about(row, known), field, line, seq: null, at });
    if (name !== undefined && isIn(name)) return found('name', name);
    if (handle !== undefined && isIn(handle)) return found('handle', handle);
    // People write numbers with other separators than providers.
    if (phone !== undefined && digits.length > 2 && phone.replaceAll(/\D/g, '').includes(digits)) return found('phone', phone);
    if (row.address.toLowerCase().includes(plain)) return found('address', row.address);
    const tag = row.tags.find(isIn);
    if (tag !== undefined) return found('tag', tag);
    const message = messages.findLast(({ text }) => isIn(text));
    return message === undefined ? undefined : { ...found('text', lineOf(message.text, query)), at: message.at };
  };
}

/** The part of a text around the first word of the query. */
function lineOf(text: string, query: string): string {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  if (flat.length <= LINE) return flat;
  const [first = ''] = query.toLowerCase().split(/\s+/);
  const start = Math.max(0, flat.toLowerCase().indexOf(first) - LINE / 2);
  return `${start > 0 ? '…' : ''}${flat.slice(start, start + LINE).toWellFormed()}${start + LINE < flat.length ? '…' : ''}`;
}
