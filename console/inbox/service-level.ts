/**
 * Service levels of a session, as a list shows them. The server counts business hours and gives the
 * two moments of each clock, so the page compares them with its own clock alone.
 */
import type { SessionCard } from '../client/protocol.ts';
import type { Urgency } from './waiting-time.ts';

type ServiceClock = NonNullable<SessionCard['clocks']>[number];

export interface ServiceLevel {
  readonly target: ServiceClock['target'];
  readonly urgency: Urgency;
  /** Until it is due, in milliseconds. Below 0 it is late. */
  readonly leftMs: number;
}

const URGENCY = { late: 0, soon: 1, calm: 2 } as const;

/** The clock to show. The worst state first, then the one that is due first. */
export function pressingOf(clocks: SessionCard['clocks'], now: number): ServiceLevel | undefined {
  const levels = (clocks ?? []).flatMap(({ target, soonAt, due }): ServiceLevel[] => {
    if (due === null) return [];
    const urgency = now > due ? 'late' : soonAt !== null && now >= soonAt ? 'soon' : 'calm';
    return [{ target, urgency, leftMs: due - now }];
  });
  return levels.toSorted((a, b) => URGENCY[a.urgency] - URGENCY[b.urgency] || a.leftMs - b.leftMs)[0];
}

/**
 * When the first of them is due. Sessions without any come last. It does not change as time passes.
 */
export function firstDue(clocks: SessionCard['clocks']): number {
  return Math.min(...(clocks ?? []).map(({ due }) => due ?? Number.POSITIVE_INFINITY));
}
