/**
 * A conversation as a PDF, each message in the direction of its own letters. Entries without a text
 * are left out. Pages are given away as they are full.
 */

import { nextRound } from '#actors/contract/waiting.ts';
import { ACCENT, FAINT, lineHeight, PdfPage } from '#assistants/documents/page.ts';
import type { FactWords } from '#machines/session/fact-words.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { quoteOf, textOf, titleOf, writerOf } from './words.ts';

const HEAD = { size: 8.5, color: FAINT } as const;
/** Entries between two pauses, in which turns go on. Laying one out takes about a millisecond. */
const AT_ONCE = 5;

export async function* writePdf(session: SessionRow, entries: AsyncIterable<JournalEntry>, facts: FactWords): AsyncGenerator<Uint8Array> {
  const title = titleOf(session);
  const page = new PdfPage({
    title,
    createdAt: session.lastActivityAt,
    language: 'en',
    direction: 'ltr',
    onPage: (at, number) => at.line(String(number), at.left, at.bottom + 16, at.width, { ...HEAD, align: 'end' }),
  });
  page.flow(title, { size: 13, weight: 700, color: ACCENT });
  let written = 0;
  for await (const entry of entries) {
    const text = textOf(entry, facts);
    if (text === '') continue;
    page.ensure(lineHeight(HEAD) + lineHeight({}) + 8);
    page.y += 8;
    page.flow(`${writerOf(entry)} · ${new Date(entry.at).toISOString()}`, HEAD);
    const quote = quoteOf(entry);
    if (quote !== '') page.flow(quote, HEAD);
    page.flow(text);
    written += 1;
    if (written % AT_ONCE === 0) await nextRound();
    yield* page.taken();
  }
  yield await page.end();
}
