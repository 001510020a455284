/** Which agents there are for customers, as the store knows it. All instances see the same. */
import type { Queues } from '#machines/handoff/queues.ts';
import type { AgentAccount, Agents } from '#storage/agents.ts';
import type { AgentState, HandoffRecords } from '#storage/handoff.ts';

export interface HandoffTerms {
  readonly queues: Queues;
  /** Sessions that rules give an agent whose account has no capacity. */
  readonly capacity: number;
  /** Time without a console after which an agent is offline, in milliseconds. */
  readonly offlineAfterMs: number;
}

export interface AvailabilityPorts {
  readonly agents: Pick<Agents, 'agents'>;
  readonly handoff: Pick<HandoffRecords, 'agentStates'>;
  readonly terms: HandoffTerms;
  readonly now: () => number;
}

export interface Availability
  extends Pick<AgentAccount, 'id' | 'name' | 'role' | 'skills'>,
    Pick<AgentState, 'away' | 'seenAt' | 'assignedAt'> {
  readonly capacity: number;
  /** A console of the agent is connected, or was a short time ago. */
  readonly online: boolean;
}

/** Accounts that are read at a time. */
const PAGE = 200;

/** All agents who can sign in, by login. */
export async function availabilities({ agents, handoff, terms, now }: AvailabilityPorts): Promise<readonly Availability[]> {
  const states = new Map((await handoff.agentStates()).map((state) => [state.agentId, state]));
  const found: Availability[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await agents.agents(PAGE, cursor ?? undefined);
    for (const account of page.items) if (!account.disabled) found.push(availabilityOf(account, states.get(account.id), terms, now()));
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

function availabilityOf(
  { id, name, role, skills, capacity }: AgentAccount,
  state: AgentState | undefined,
  terms: HandoffTerms,
  now: number,
): Availability {
  const { seenAt = null, away = false, assignedAt = null } = state ?? {};
  const online = seenAt !== null && now - seenAt < terms.offlineAfterMs;
  return { id, name, role, skills, capacity: capacity ?? terms.capacity, online, away, seenAt, assignedAt };
}

/** Whether rules give the agent sessions. */
export function isAvailable({ online, away }: Pick<Availability, 'online' | 'away'>): boolean {
  return online && !away;
}
