/**
 * A journal as CSV (RFC 4180) for spreadsheets. They take a cell that begins with one of some signs
 * for a formula, and a formula can send what is in other cells away. So such a cell gets an
 * apostrophe before it, which shows that it is text.
 */
import type { JournalEntry, SessionRow } from '#storage/port.ts';

const COLUMNS = ['seq', 'time', 'kind', 'author', 'text', 'delivery', 'eventId'] as const;

/** Excel reads UTF-8 as such only after this mark. */
const BYTE_ORDER_MARK = '\ufeff';

/** Also in their full-width forms, which some spreadsheets take too. */
const SIGNS = new Set('=+-@\uff1d\uff0b\uff0d\uff20|%');
/** Spreadsheets leave these out before a sign. */
const LEFT_OUT = /^[\s\p{Cc}\p{Cf}]+/u;

export async function* writeCsv(_session: SessionRow, entries: AsyncIterable<JournalEntry>): AsyncGenerator<string> {
  yield `${BYTE_ORDER_MARK}${COLUMNS.join(',')}\r\n`;
  for await (const { seq, at, kind, author, text, delivery, eventId } of entries) {
    const cells = [String(seq), new Date(at).toISOString(), kind, author, text, delivery?.status, eventId];
    yield `${cells.map((value) => cell(value ?? '')).join(',')}\r\n`;
  }
}

export function cell(value: string): string {
  const safe = isFormula(value) ? `'${value}` : value;
  return /[",\r\n\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function isFormula(value: string): boolean {
  return SIGNS.has(value.replace(LEFT_OUT, '').charAt(0)) || /^[\t\r\n]/.test(value);
}
