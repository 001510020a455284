/** A session as lists and transcripts show it. */
import { summaryOf } from '#actors/contract/live-events.ts';
import type { SessionPreview } from '#machines/definition.ts';
import type { SessionRow } from '#storage/port.ts';

export function cardOf(row: SessionRow, preview: (row: SessionRow) => SessionPreview | null) {
  return { ...summaryOf(row, preview(row)), tags: [...row.tags] };
}
