import type { ExportWriters } from '../operations/export-port.ts';
import { writeCsv } from './csv.ts';
import { writeJson } from './json.ts';
import { writeMarkdown } from './markdown.ts';

export const exportWriters: ExportWriters = {
  json: { mimeType: 'application/json', write: writeJson },
  csv: { mimeType: 'text/csv; charset=utf-8', write: writeCsv },
  md: { mimeType: 'text/markdown; charset=utf-8', write: writeMarkdown },
  pdf: {
    mimeType: 'application/pdf',
    // Loaded for the first one. What lays out text is a tenth of what a start would load.
    async *write(session, entries, facts) {
      const { writePdf } = await import('./pdf.ts');
      yield* writePdf(session, entries, facts);
    },
  },
};
