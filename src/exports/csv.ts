/** A journal as CSV, with a line for each entry. */
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { BYTE_ORDER_MARK, csvLine } from '../operations/csv.ts';
import { replyToOf } from './words.ts';

const COLUMNS = ['seq', 'time', 'kind', 'author', 'text', 'delivery', 'eventId', 'replyTo'] as const;

export async function* writeCsv(_session: SessionRow, entries: AsyncIterable<JournalEntry>): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csvLine(COLUMNS);
  for await (const entry of entries) {
    const { seq, at, kind, author, text, delivery, eventId } = entry;
    yield csvLine([seq, new Date(at).toISOString(), kind, author, text, delivery?.status ?? null, eventId, replyToOf(entry)]);
  }
}
