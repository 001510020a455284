/** A session as one JSON document, with an entry a line. */
import { jsonText } from '#machines/text.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { entryView, sessionView } from '../operations/session-view.ts';

export async function* writeJson(session: SessionRow, entries: AsyncIterable<JournalEntry>): AsyncGenerator<string> {
  yield `{"session":${jsonText(sessionView(session))},"entries":[`;
  let separator = '\n';
  for await (const entry of entries) {
    yield `${separator}${jsonText(entryView(entry))}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}
