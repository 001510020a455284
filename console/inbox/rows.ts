/**
 * Rows of a transcript, which are days, messages in groups, notes, and a line for each change of
 * who answers.
 */
import * as z from 'zod/mini';
import type { ShownCard } from '../media/card-schema.ts';
import { AgentActions } from './entry-events.ts';
import type { EntryFacts } from './entry-facts.ts';
import { type FactChange, factChanges } from './fact-changes.ts';
import { type AllNews, filesOf, newsIn, receivedCards, type ShownFile } from './message-files.ts';
import { editsIn, messageName, messageSeqs, type QuoteOptions, quoteOf, type ShownQuote } from './quotes.ts';
import { ratingOf } from './rating.ts';
import { type Reactions, reactionsIn, type ShownReaction } from './reactions.ts';
import type { Scheduled } from './session-facts.ts';
import type { Entry } from './transcript.ts';

export type Author = 'customer' | 'assistant' | 'agent' | 'system';
export type Mark = 'pending' | 'sent' | 'delivered' | 'read' | 'failed';

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly seq: number;
  readonly at: number;
  readonly author: Author;
  readonly name: string | undefined;
  readonly text: string;
  /** Shown below the text. */
  readonly cards: readonly ShownCard[];
  /** The channel's id of a message of the customer, to which an agent may react. */
  readonly reactTo: string | undefined;
  readonly reactions: readonly ShownReaction[];
  /** The message that it answers. */
  readonly quote: ShownQuote | undefined;
  /** By which an agent answers it. */
  readonly answerTo: string | undefined;
  /** What came or went with it. */
  readonly files: readonly ShownFile[];
  readonly edited: boolean;
  /** The customer deleted it. Its text is still there for agents. */
  readonly deleted: boolean;
  readonly mark: Mark | undefined;
  /** Why it could not be delivered. */
  readonly failure: string | undefined;
  /** It begins a group of the same author. */
  readonly first: boolean;
}

export interface NoteRow {
  readonly kind: 'note';
  readonly key: string;
  readonly seq: number;
  readonly at: number;
  readonly name: string;
  readonly text: string;
  /** Ids of the agents that it mentions. */
  readonly mentions: readonly string[];
}

export type LineKind =
  | 'opened'
  | 'needs'
  | 'claimed'
  | 'assigned'
  | 'released'
  | 'transferred'
  | 'back'
  | 'closed'
  | 'updated'
  | 'snoozed'
  | 'unsnoozed'
  | 'woke'
  | 'notSent'
  | 'calling'
  | 'called'
  | 'reacted'
  | 'unreacted';

export interface LineRow {
  readonly kind: 'line';
  readonly key: string;
  readonly at: number;
  readonly line: LineKind;
  readonly name?: string | undefined;
  /** To whom, or into which queue. */
  readonly to?: string | undefined;
  readonly queue?: string | undefined;
  readonly reason?: string | undefined;
  readonly changes?: readonly FactChange[] | undefined;
  /** Of a reaction. */
  readonly by?: ShownReaction['by'] | undefined;
  /** Why a reaction did not reach the customer. Empty if nobody knows. */
  readonly failure?: string | undefined;
  /** How long a call was. */
  readonly seconds?: number | undefined;
  /** Until when it is snoozed, in milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** What the customer thinks of the conversation, after its end. */
export interface RatingRow {
  readonly kind: 'rating';
  readonly key: string;
  readonly seq: number;
  readonly at: number;
  readonly score: number | null;
  readonly comment: string | null;
  /** It came when the time for it had passed, and does not count. */
  readonly late: boolean;
}

/** A message or note that the server has not confirmed. */
export interface SendingRow {
  readonly kind: 'sending';
  readonly key: string;
  readonly note: boolean;
  readonly text: string;
  readonly card?: ShownCard | undefined;
  /** The message that it answers. */
  readonly quote?: ShownQuote | undefined;
}

export type Row =
  | MessageRow
  | NoteRow
  | LineRow
  | RatingRow
  | SendingRow
  /** A message that is sent at its time, unless somebody writes before. */
  | {
      readonly kind: 'scheduled';
      readonly key: string;
      readonly message: Scheduled;
      readonly isOwn: boolean;
      readonly quote: ShownQuote | undefined;
    }
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  /** Between what the writer had seen and what came meanwhile. */
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'draft'; readonly key: string; readonly text: string }
  | { readonly kind: 'thinking'; readonly key: string; readonly phase: string };

/** Messages of one author within this time are one group, in milliseconds. */
const GROUP_MS = 5 * 60_000;

/** Reasons of calls to agents for which another row stands. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(['transfer', 'assigned', 'mention']);

const AUTHORS = ['customer', 'assistant', 'agent', 'system'] as const;
const sentLater = z.object({ params: z.object({ scheduled: z.string() }) });

/** Why agents are called for what they put off, and the line for it. */
const CALLS = {
  snooze_over: 'woke',
  'not_sent.customer': 'notSent',
  'not_sent.phone': 'notSent',
  'not_sent.holder': 'notSent',
  'not_sent.closed': 'notSent',
  'not_sent.window': 'notSent',
} as const;
const isCall = (reason: string): reason is keyof typeof CALLS => Object.hasOwn(CALLS, reason);

export interface RowOptions {
  readonly factsOf: (entry: Entry) => EntryFacts;
  /** Name of the agent with the id. Undefined for one that is not known. */
  readonly nameOf: (agentId: string) => string | undefined;
  /** First entry that the writer of a refused answer had not seen. */
  readonly newFrom?: number | undefined;
}

export function rowsOf(entries: readonly Entry[], { factsOf, nameOf, newFrom }: RowOptions): readonly Row[] {
  const rows: Row[] = [];
  const actions = new AgentActions();
  const edits = editsIn(entries, factsOf);
  const seqs = messageSeqs(entries, factsOf);
  const quoting: QuoteOptions = { entries, factsOf, seqs, edits };
  const news = newsIn(entries, factsOf);
  const reactions = reactionsIn(entries, factsOf, seqs);
  const deleted = new Set(entries.flatMap((entry) => factsOf(entry).deletes ?? []));
  let day = '';
  let group: { readonly author: string; readonly at: number } | undefined;
  let isMarked = newFrom === undefined;
  let closed = false;
  const add = (row: MessageRow | NoteRow | LineRow | RatingRow, seq: number, of: string): void => {
    if (of !== day) {
      day = of;
      rows.push({ kind: 'day', key: `day ${seq}`, at: row.at });
    }
    if (!isMarked && newFrom !== undefined && seq >= newFrom) {
      isMarked = true;
      rows.push({ kind: 'new', key: 'new' });
    }
    rows.push(row);
    if (row.kind !== 'message') group = undefined;
  };
  for (const entry of entries) {
    const { seq, at, kind, text, author } = entry;
    const facts = factsOf(entry);
    const action = actions.read(facts.stimulus);
    const key = String(seq);
    const line = (part: Omit<LineRow, 'kind' | 'key' | 'at'>): void => add({ kind: 'line', key, at, ...part }, seq, facts.day);
    const by = AUTHORS.find((known) => kind === `${known}.message`);
    if (by !== undefined) {
      const whose = `${by} ${author ?? ''}`;
      const first = group?.author !== whose || at - group.at > GROUP_MS;
      add(
        messageRow(entry, facts, {
          author: by,
          first,
          edited: facts.messageId === undefined ? undefined : edits.get(facts.messageId),
          deleted: facts.messageId !== undefined && deleted.has(facts.messageId),
          news,
          reactions,
          quoting,
        }),
        seq,
        facts.day,
      );
      group = { author: whose, at };
    } else if (kind === 'note' && action?.type === 'note') {
      add({ kind: 'note', key, seq, at, name: action.agent.name, text: text ?? '', mentions: action.mentions ?? [] }, seq, facts.day);
    } else if (action !== undefined) {
      const part = lineOf(action, nameOf);
      if (action.type === 'close') closed = true;
      if (part !== undefined) line(part);
    } else if (kind === 'rating') {
      const rating = ratingOf(entry);
      if (rating !== undefined) add({ kind: 'rating', key, seq, at, ...rating }, seq, facts.day);
    } else if (kind === 'opened') line({ line: 'opened' });
    else if (facts.call !== undefined) line({ line: facts.call.phase === 'started' ? 'calling' : 'called', seconds: facts.call.seconds });
    else if (facts.reaction !== undefined) {
      if (reactions.elsewhere.has(seq)) line(reactionLine(entry, facts.reaction.by));
    } else if (kind === 'effect') {
      const { needs } = facts;
      if (needs === undefined || SAID_ELSEWHERE.has(needs.reason)) continue;
      const { reason, agentId = '' } = needs;
      if (isCall(reason)) line({ line: CALLS[reason], name: nameOf(agentId), reason: reason.split('.')[1] });
      else line({ line: 'needs', reason });
    } else if (kind === 'transition') {
      const { change } = facts;
      if (change?.to.state === 'CLOSED' && !closed) line({ line: 'closed' });
      if (change?.from.state === 'WAITING_AGENT' && change.to.handler === 'bot') line({ line: 'back' });
    }
  }
  return rows;
}

interface MessageParts {
  readonly author: Author;
  readonly first: boolean;
  /** Its newest text, if the customer changed it. */
  readonly edited: string | undefined;
  readonly deleted: boolean;
  readonly news: AllNews;
  readonly reactions: Reactions;
  readonly quoting: QuoteOptions;
}

function messageRow(
  entry: Entry,
  facts: EntryFacts,
  { author, first, edited, deleted, news, reactions, quoting }: MessageParts,
): MessageRow {
  const { sent, card, messageId, answers } = facts;
  const { seq, at, delivery } = entry;
  return {
    kind: 'message',
    key: String(seq),
    seq,
    at,
    author,
    name: author === 'agent' ? (entry.author ?? undefined) : undefined,
    text: sent === undefined ? (card?.text ?? edited ?? entry.text ?? '') : '',
    cards: card === undefined ? receivedCards(facts) : [card.card],
    reactTo: author === 'customer' && !deleted ? messageId : undefined,
    reactions: reactions.on.get(seq) ?? [],
    quote: answers === undefined ? undefined : quoteOf(answers, quoting, facts.quoted),
    answerTo: deleted || delivery?.status === 'failed' ? undefined : messageName(entry, facts),
    files: filesOf(entry, facts, news),
    edited: edited !== undefined,
    deleted,
    mark: delivery?.status,
    failure: delivery?.status === 'failed' ? delivery.reason : undefined,
    first,
  };
}

/** Of a reaction to a message that is not here. */
function reactionLine({ text, author, delivery }: Entry, by: ShownReaction['by']): Omit<LineRow, 'kind' | 'key' | 'at'> {
  const who = { by, name: by === 'agent' ? (author ?? undefined) : undefined };
  const outcome = { failure: delivery?.status === 'failed' ? (delivery.reason ?? '') : undefined };
  return text === null ? { line: 'unreacted', ...who, ...outcome } : { line: 'reacted', reason: text, ...who, ...outcome };
}

function lineOf(action: ReturnType<AgentActions['read']>, nameOf: RowOptions['nameOf']): Omit<LineRow, 'kind' | 'key' | 'at'> | undefined {
  switch (action?.type) {
    case 'agent.claim':
      return { line: 'claimed', name: action.agent.name };
    case 'agent.assign':
      return { line: 'assigned', name: action.agent.name };
    case 'agent.release':
      return { line: 'released', name: action.agent.name };
    case 'agent.transfer':
      return { line: 'transferred', name: action.agent.name, to: action.to?.name, queue: action.queue };
    case 'agent.update':
      return { line: 'updated', name: action.agent.name, changes: factChanges(action) };
    case 'agent.snooze':
      return { line: 'snoozed', name: action.agent.name, until: action.until };
    case 'agent.unsnooze':
      return { line: 'unsnoozed', name: action.agent.name };
    case 'close':
      return { line: 'closed', name: nameOf(action.by) ?? action.by, reason: action.reason };
    default:
      return undefined;
  }
}

/** Ids of the messages that were to be sent later, and are in the transcript. */
export function sentLaterIn(entries: readonly Entry[]): ReadonlySet<string> {
  return new Set(
    entries.flatMap(({ kind, payload }) => (kind === 'agent.message' ? (sentLater.safeParse(payload).data?.params.scheduled ?? []) : [])),
  );
}
