/** How people read a session and its entries in an export. */
import type { JournalEntry, SessionRow } from '#storage/port.ts';

const KINDS: Readonly<Record<string, string>> = {
  'customer.message': 'Customer',
  'customer.edit': 'Customer (changed)',
  'assistant.message': 'Assistant',
  'agent.message': 'Agent',
  note: 'Note',
};

export function titleOf({ address, openedAt }: Pick<SessionRow, 'address' | 'openedAt'>): string {
  return `Conversation at ${address}, opened ${new Date(openedAt).toISOString()}`;
}

/** Who wrote the entry, or what it is. */
export function writerOf({ kind, author }: Pick<JournalEntry, 'kind' | 'author'>): string {
  const known = KINDS[kind] ?? kind;
  const isNamed = author !== null && author !== '' && author !== 'customer' && author !== 'assistant';
  return isNamed ? `${known}, ${author}` : known;
}
