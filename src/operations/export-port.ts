/** Port for the formats of exports (src/exports). */
import type { JournalEntry, SessionRow } from '#storage/port.ts';

export const EXPORT_FORMATS = ['json', 'csv', 'md', 'pdf'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportWriter {
  readonly mimeType: string;
  /** Reads entries as its own reader takes what it wrote. */
  write(session: SessionRow, entries: AsyncIterable<JournalEntry>): AsyncIterable<string | Uint8Array>;
}

export type ExportWriters = Readonly<Record<ExportFormat, ExportWriter>>;
