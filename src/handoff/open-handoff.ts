/**
 * Puts the handoff together from its settings, which are its queues, their hours and clocks, and
 * the assigner.
 */
import type { LeaderLease } from '#channels/plugin.ts';
import type { BusinessHours, Schedule } from '#machines/handoff/business-hours.ts';
import { type Queue, type QueuesInput, queuesOf } from '#machines/handoff/queues.ts';
import type { Agents } from '#storage/agents.ts';
import type { HandoffRecords } from '#storage/handoff.ts';
import { type Availability, availabilities, type HandoffTerms, isAvailable } from '../operations/availability.ts';
import { Assigner, type AssignerParts } from './assigner.ts';
import { expectedWait } from './expected-wait.ts';
import { type ClocksOf, hoursOfQueues, serviceClocks } from './service-levels.ts';

export interface HandoffSettings {
  readonly businessHours: Schedule;
  readonly handoff: { readonly queues: QueuesInput; readonly capacity: number; readonly offlineAfterMs: number };
}

export interface HandoffPorts {
  readonly agents: Pick<Agents, 'agents'>;
  readonly records: HandoffRecords;
  readonly now: () => number;
}

/** What is known of the wait in a queue. */
export interface QueueOutlook {
  readonly schedule: Schedule;
  readonly hours: BusinessHours;
  /** Whether an agent for this queue is there. Undefined if the program has no agents. */
  readonly online: () => Promise<boolean | undefined>;
  /**
   * Minutes that a customer will wait who has waited for `waitedMs`. Undefined if too little is
   * known.
   */
  readonly minutes: (waitedMs: number) => Promise<number | undefined>;
}

export interface Handoff {
  readonly terms: HandoffTerms;
  readonly clocksOf: ClocksOf;
  readonly hoursOf: (queue: Queue) => BusinessHours;
  readonly outlookOf: (queue: string | null) => QueueOutlook;
  readonly available: () => Promise<readonly Availability[]>;
}

export function openHandoff({ businessHours, handoff }: HandoffSettings, { agents, records, now }: HandoffPorts): Handoff {
  const queues = queuesOf(handoff.queues);
  const terms = { queues, capacity: handoff.capacity, offlineAfterMs: handoff.offlineAfterMs };
  const { hoursOf, scheduleOf } = hoursOfQueues(businessHours);
  const available = (): Promise<readonly Availability[]> => availabilities({ agents, handoff: records, terms, now });
  return {
    terms,
    clocksOf: serviceClocks(queues, hoursOf),
    available,
    hoursOf,
    outlookOf(name) {
      const queue = queues.of(name);
      return {
        schedule: scheduleOf(queue),
        hours: hoursOf(queue),
        async online() {
          const known = await available();
          return known.length === 0 ? undefined : known.some((agent) => isAvailable(agent) && knowsAll(agent, queue));
        },
        minutes: (waitedMs) => expectedWait(records, { queue: name, waitedMs, now: now() }),
      };
    },
  };
}

function knowsAll({ skills }: Pick<Availability, 'skills'>, queue: Queue): boolean {
  return queue.skills.every((skill) => skills.includes(skill));
}

/** Starts the assigner, here or where the lease is. Returns what stops it. */
export function startAssigner(parts: AssignerParts, lease: LeaderLease): () => Promise<void> {
  const assigner = new Assigner(parts);
  const stop = new AbortController();
  const working = lease((signal) => assigner.work(signal), stop.signal);
  return async () => {
    stop.abort();
    await working;
  };
}
