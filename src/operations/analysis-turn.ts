/**
 * Sends an event to an analysis session, once for each key, and makes a problem of a refusal.
 */
import type { AnalysisSessionEvent } from '#machines/analysis-session/events.ts';
import { MAX_QUERIES } from '#machines/analysis-session/limits.ts';
import { REFUSALS } from '#machines/analysis-session/machine.ts';
import type { AnalysisSession } from './analysis-owner.ts';
import type { OperationContext } from './context.ts';
import { eventIdOf } from './deliver-event.ts';
import { OperationProblem, problemTypes } from './problems.ts';

const { expired, queryLimit, ttlLimit, closed } = problemTypes;

/** Problems of `analysisTurn`. */
export const turnProblems = [expired, queryLimit, ttlLimit, closed] as const;

export async function analysisTurn(
  { actors }: OperationContext,
  { row, context }: AnalysisSession,
  event: AnalysisSessionEvent,
  idempotencyKey: string | undefined,
): Promise<void> {
  const once = idempotencyKey === undefined ? {} : { eventId: eventIdOf(idempotencyKey) };
  const { refused, parked, ignored, state } = await actors.deliver({ sessionId: row.id }, event, once);
  if (refused !== undefined) {
    // The timer came first.
    if (refused.code === closed.code && state === 'EXPIRED') throw new OperationProblem(expired, REFUSALS.expired(context));
    const type = turnProblems.find(({ code }) => code === refused.code) ?? closed;
    throw new OperationProblem(type, type === closed ? 'This analysis session is closed. Create another one.' : refused.message);
  }
  const reason = parked ?? ignored;
  if (reason !== undefined) throw new Error(`The analysis session ${row.id} did not take ${event.type}: ${reason}`);
}

/**
 * Throws what the machine would refuse, before anything is paid for and written. The machine
 * decides nevertheless, because another caller may come first.
 */
export function requireRoom({ row, context }: AnalysisSession, now: number): void {
  if (row.state === 'CLOSED') throw new OperationProblem(closed, 'This analysis session is closed. Create another one.');
  if (!row.open || now >= context.expiresAt) throw new OperationProblem(expired, REFUSALS.expired(context));
  if (context.queries >= MAX_QUERIES) throw new OperationProblem(queryLimit, REFUSALS.query_limit(context));
}
