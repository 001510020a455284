/** The service level clocks of a session that waits for an answer, for lists and counters. */
import type { SessionSummary } from '#actors/contract/live-events.ts';
import type { SessionHandoff } from '#machines/definition.ts';
import { ALWAYS_OPEN, BusinessHours, type Schedule } from '#machines/handoff/business-hours.ts';
import type { Queue, Queues } from '#machines/handoff/queues.ts';
import { type SlaFact, type SlaTarget, slaClocks } from '#machines/handoff/sla.ts';

/** A clock that runs. Its state follows from the two moments and a time. */
export interface ServiceClock {
  readonly target: SlaTarget;
  readonly since: number;
  /** Null if the business hours never reach it. */
  readonly soonAt: number | null;
  readonly due: number | null;
}

export type ClocksOf = (session: Pick<SessionSummary, 'state' | 'agentId' | 'open' | 'preview'>) => readonly ServiceClock[];

/** The business hours of each queue. Days are counted once for all sessions. */
export function hoursOfQueues(schedule: Schedule) {
  const known = new Map<Schedule, BusinessHours>();
  const scheduleOf = ({ hours }: Queue): Schedule => (hours === undefined ? schedule : (hours ?? ALWAYS_OPEN));
  const hoursOf = (queue: Queue): BusinessHours => {
    const own = scheduleOf(queue);
    const counted = known.get(own) ?? new BusinessHours(own);
    known.set(own, counted);
    return counted;
  };
  return { scheduleOf, hoursOf };
}

/** None for a session that the bot answers, unless its answers are no responses. */
export function serviceClocks(queues: Queues, hoursOf: (queue: Queue) => BusinessHours): ClocksOf {
  return ({ state, agentId, open, preview }) => {
    const handoff = preview?.handoff;
    if (!open || preview === null || handoff === undefined) return [];
    const queue = queues.of(handoff.queue);
    const policy = queue.serviceLevels;
    const isHuman = state === 'WAITING_AGENT' || agentId !== null;
    if (policy === null || (!isHuman && policy.botResponds)) return [];
    const terms = { policy, priority: preview.priority, hours: hoursOf(queue) };
    // The time is used for states alone, and those are left to the reader.
    const clocks = slaClocks(factsOf(handoff, policy.botResponds), terms, 0);
    return clocks.filter(({ settledAt }) => settledAt === null).map(({ target, since, soonAt, due }) => ({ target, since, soonAt, due }));
  };
}

/** As many as `slaClocks` needs to know how the session stands now. */
function factsOf({ firstAt, humanAt, unansweredSince, withoutHumanSince }: SessionHandoff, botResponds: boolean): readonly SlaFact[] {
  if (firstAt === null) return [];
  const since = botResponds ? unansweredSince : withoutHumanSince;
  const isFirst = humanAt === null && since === firstAt;
  return [
    { type: 'customer', at: firstAt },
    ...(humanAt !== null ? [{ type: 'human', at: humanAt } as const] : isFirst ? [] : [{ type: 'bot', at: firstAt } as const]),
    ...(since === null || isFirst ? [] : [{ type: 'customer', at: since } as const]),
  ];
}
