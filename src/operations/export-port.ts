/** Port for the formats of exports (src/exports). */
import type { FactWords } from '#machines/session/fact-words.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';

export const EXPORT_FORMATS = ['json', 'csv', 'md', 'pdf'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportWriter {
  readonly mimeType: string;
  /**
   * Reads entries as its own reader takes what it wrote. A format for people has the session's
   * facts in the words of `facts`.
   */
  write(session: SessionRow, entries: AsyncIterable<JournalEntry>, facts: FactWords): AsyncIterable<string | Uint8Array>;
}

export type ExportWriters = Readonly<Record<ExportFormat, ExportWriter>>;
