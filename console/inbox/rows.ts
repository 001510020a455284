/**
 * Rows of a transcript, which are days, messages in groups, notes, and a line for each change of
 * who answers.
 */
import * as z from 'zod/mini';
import { AgentActions } from './entry-events.ts';
import { type FactChange, factChanges } from './fact-changes.ts';
import type { Scheduled } from './session-facts.ts';
import type { Entry } from './transcript.ts';
import { type FileRef, fileRefSchema } from './uploads.ts';

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
  /** What came or went with it. */
  readonly files: readonly ShownFile[];
  readonly edited: boolean;
  readonly mark: Mark | undefined;
  /** Why it could not be delivered. */
  readonly failure: string | undefined;
  /** It begins a group of the same author. */
  readonly first: boolean;
}

/** Without a path it is known by name alone, such as `photo.jpg`. */
export interface ShownFile {
  /** Below the session in the API. */
  readonly path?: string | undefined;
  readonly name: string;
  /** It may be an image. The server says what its bytes are. */
  readonly isImage?: boolean;
  readonly size?: number | undefined;
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
  | 'released'
  | 'transferred'
  | 'back'
  | 'closed'
  | 'updated'
  | 'snoozed'
  | 'unsnoozed'
  | 'woke'
  | 'notSent';

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
  /** Until when it is snoozed, in milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** A message or note that the server has not confirmed. */
export interface SendingRow {
  readonly kind: 'sending';
  readonly key: string;
  readonly note: boolean;
  readonly text: string;
}

export type Row =
  | MessageRow
  | NoteRow
  | LineRow
  | SendingRow
  /** A message that is sent at its time, unless somebody writes before. */
  | { readonly kind: 'scheduled'; readonly key: string; readonly message: Scheduled; readonly isOwn: boolean }
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  /** Between what the writer had seen and what came meanwhile. */
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'draft'; readonly key: string; readonly text: string }
  | { readonly kind: 'thinking'; readonly key: string; readonly phase: string };

/** Messages of one author within this time are one group, in milliseconds. */
const GROUP_MS = 5 * 60_000;

const AUTHORS = ['customer', 'assistant', 'agent', 'system'] as const;
const change = z.object({ from: z.object({ state: z.string() }), to: z.object({ state: z.string(), handler: z.string() }) });
const notify = z.object({ effect: z.literal('agents.notify'), params: z.object({ reason: z.string(), agentId: z.optional(z.string()) }) });
const sentLater = z.object({ params: z.object({ scheduled: z.string() }) });

/** Why agents are called for what they put off, and the line for it. */
const CALLS = { snooze_over: 'woke', 'not_sent.customer': 'notSent', 'not_sent.holder': 'notSent', 'not_sent.closed': 'notSent' } as const;
const isCall = (reason: string): reason is keyof typeof CALLS => reason in CALLS;
const media = z.array(
  z.object({ kind: z.string(), fileName: z.optional(z.string()), ref: z.optional(z.string()), size: z.optional(z.number()) }),
);
const withMedia = z.object({ stimulus: z.object({ event: z.object({ media }) }) });
const withFile = z.object({ params: z.object({ file: fileRefSchema }) });
const edit = z.object({ stimulus: z.object({ event: z.object({ id: z.string(), text: z.string() }) }) });

export interface RowOptions {
  readonly dayKey: (at: number) => string;
  /** Name of the agent with the id. Undefined for one that is not known. */
  readonly nameOf: (agentId: string) => string | undefined;
  /** First entry that the writer of a refused answer had not seen. */
  readonly newFrom?: number | undefined;
}

export function rowsOf(entries: readonly Entry[], { dayKey, nameOf, newFrom }: RowOptions): readonly Row[] {
  const rows: Row[] = [];
  const actions = new AgentActions();
  const edits = editsIn(entries);
  let day = '';
  let group: { readonly author: string; readonly at: number } | undefined;
  let isMarked = newFrom === undefined;
  let closed = false;
  const add = (row: MessageRow | NoteRow | LineRow, seq: number): void => {
    if (dayKey(row.at) !== day) {
      day = dayKey(row.at);
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
    const action = actions.read(entry);
    const key = String(seq);
    const line = (part: Omit<LineRow, 'kind' | 'key' | 'at'>): void => add({ kind: 'line', key, at, ...part }, seq);
    const by = AUTHORS.find((known) => kind === `${known}.message`);
    if (by !== undefined) {
      const whose = `${by} ${author ?? ''}`;
      const first = group?.author !== whose || at - group.at > GROUP_MS;
      add(messageRow(entry, by, first, entry.eventId === null ? undefined : edits.get(entry.eventId)), seq);
      group = { author: whose, at };
    } else if (kind === 'note' && action?.type === 'note') {
      add({ kind: 'note', key, seq, at, name: action.agent.name, text: text ?? '', mentions: action.mentions ?? [] }, seq);
    } else if (action !== undefined) {
      const part = lineOf(action, nameOf);
      if (action.type === 'close') closed = true;
      if (part !== undefined) line(part);
    } else if (kind === 'opened') line({ line: 'opened' });
    else if (kind === 'effect') {
      const call = notify.safeParse(entry.payload).data?.params;
      if (call === undefined || call.reason === 'transfer' || call.reason === 'mention') continue;
      const { reason, agentId = '' } = call;
      if (isCall(reason)) line({ line: CALLS[reason], name: nameOf(agentId), reason: reason.split('.')[1] });
      else line({ line: 'needs', reason });
    } else if (kind === 'transition') {
      const { data } = change.safeParse(entry.payload);
      if (data?.to.state === 'CLOSED' && !closed) line({ line: 'closed' });
      if (data?.from.state === 'WAITING_AGENT' && data.to.handler === 'bot') line({ line: 'back' });
    }
  }
  return rows;
}

function messageRow(entry: Entry, author: Author, first: boolean, edited: string | undefined): MessageRow {
  const { seq, at, payload, delivery } = entry;
  const sent = withFile.safeParse(payload).data?.params.file;
  const received = withMedia.safeParse(payload).data?.stimulus.event.media ?? [];
  const files = [
    ...(sent === undefined ? [] : [sentFile(sent)]),
    ...received.map(({ kind, fileName, ref, size }, index) => ({
      name: fileName ?? kind,
      ...(ref === undefined ? {} : { path: `received/${seq}/${index}`, size, isImage: kind === 'image' }),
    })),
  ];
  return {
    kind: 'message',
    key: String(seq),
    seq,
    at,
    author,
    name: author === 'agent' ? (entry.author ?? undefined) : undefined,
    text: sent === undefined ? (edited ?? entry.text ?? '') : '',
    files,
    edited: edited !== undefined,
    mark: delivery?.status,
    failure: delivery?.status === 'failed' ? delivery.reason : undefined,
    first,
  };
}

function sentFile({ id, name, size, mimeType }: FileRef): ShownFile {
  return { path: `files/${encodeURIComponent(id)}`, name, size, isImage: mimeType.startsWith('image/') };
}

function lineOf(action: ReturnType<AgentActions['read']>, nameOf: RowOptions['nameOf']): Omit<LineRow, 'kind' | 'key' | 'at'> | undefined {
  switch (action?.type) {
    case 'agent.claim':
      return { line: 'claimed', name: action.agent.name };
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

/** The newest text of each message that the customer changed, by the message's own id. */
function editsIn(entries: readonly Entry[]): ReadonlyMap<string, string> {
  return new Map(
    entries.flatMap(({ kind, payload }) => {
      const event = kind === 'customer.edit' ? edit.safeParse(payload).data?.stimulus.event : undefined;
      return event === undefined ? [] : [[event.id, event.text] as const];
    }),
  );
}
