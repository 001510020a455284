/** A session as lists and transcripts show it. */
import { type SessionSummary, summaryOf } from '#actors/contract/live-events.ts';
import type { SessionCard } from '#console/client/protocol.ts';
import type { SessionPreview } from '#machines/definition.ts';
import type { SessionRow } from '#storage/port.ts';

type CardClock = NonNullable<SessionCard['clocks']>[number];

export interface CardParts {
  readonly preview: (row: SessionRow) => SessionPreview | null;
  /** The service level clocks that run. */
  readonly clocksOf: (session: SessionSummary) => readonly CardClock[];
}

export function cardOf(row: SessionRow, parts: CardParts): SessionCard {
  return cardOfSummary(summaryOf(row, parts.preview(row)), parts);
}

/** The facts from which the clocks follow are left out. */
export function cardOfSummary(session: SessionSummary, { clocksOf }: Pick<CardParts, 'clocksOf'>): SessionCard {
  return { ...session, tags: [...session.tags], preview: session.preview && shown(session.preview), clocks: [...clocksOf(session)] };
}

function shown({ handoff: _, ...preview }: SessionPreview): SessionCard['preview'] {
  return preview;
}
