/** How people read a session and its entries in an export. */
import * as z from 'zod';
import { eventOf } from '#actors/session/journal-payload.ts';
import { agentEvents, quotedSchema } from '#machines/session/events.ts';
import type { FactWords } from '#machines/session/fact-words.ts';
import { updateText } from '#machines/session/facts.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';

const KINDS: Readonly<Record<string, string>> = {
  'customer.message': 'Customer',
  'customer.edit': 'Customer (changed)',
  'assistant.message': 'Assistant',
  'agent.message': 'Agent',
  note: 'Note',
};

const AUTHORS = { customer: 'the customer', assistant: 'the assistant', agent: 'the agent', system: 'the system' } as const;

export function titleOf({ address, openedAt }: Pick<SessionRow, 'address' | 'openedAt'>): string {
  return `Conversation at ${address}, opened ${new Date(openedAt).toISOString()}`;
}

/** Who wrote the entry, or what it is. */
export function writerOf({ kind, author }: Pick<JournalEntry, 'kind' | 'author'>): string {
  const known = KINDS[kind] ?? kind;
  const isNamed = author !== null && author !== '' && author !== 'customer' && author !== 'assistant';
  return isNamed ? `${known}, ${author}` : known;
}

/** An agent's change of facts is written in words. */
export function textOf({ kind, text, payload }: Pick<JournalEntry, 'kind' | 'text' | 'payload'>, facts: FactWords): string {
  const { data } = agentEvents.update.safeParse(kind === 'transition' ? eventOf(payload) : undefined);
  return data === undefined ? (text ?? '') : updateText(data, facts);
}

const answering = z.object({ replyTo: z.string(), quoted: quotedSchema.optional() });

/** The name of the message that the entry answers. Null for none. */
export function replyToOf({ payload }: Pick<JournalEntry, 'payload'>): string | null {
  return answering.safeParse(eventOf(payload) ?? Reflect.get(Object(payload), 'params')).data?.replyTo ?? null;
}

/** What the message that a customer answers says. Empty if it answers none, or one that is lost. */
export function quoteOf({ payload }: Pick<JournalEntry, 'payload'>): string {
  const { quoted } = answering.safeParse(eventOf(payload)).data ?? {};
  return quoted === undefined ? '' : `Answers ${AUTHORS[quoted.author]}: ${quoted.text}`;
}
