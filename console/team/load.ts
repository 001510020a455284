/** Who answers how many of the open sessions, and whose customers wait for an answer. */
import type { Card } from '../inbox/lists.ts';
import type { AgentStatus } from './team-api.ts';

/** `waiting` has the sessions that wait for an agent, `bot` those of an assistant. */
export type HolderId = 'waiting' | 'bot' | `agent:${string}`;

export interface Load {
  readonly id: HolderId;
  /** The longest without an answer first. */
  readonly sessions: readonly Card[];
  /** Sessions whose customer wrote last. */
  readonly unanswered: number;
  /** When the first of them was written, in milliseconds since the epoch. Null for none. */
  readonly oldestAt: number | null;
  /** Of an agent who can sign in, once it is known. */
  readonly status: AgentStatus | undefined;
}

/** Holders of sessions, then the agents who hold none. */
export function loadsOf(sessions: Iterable<Card>, agents: readonly AgentStatus[] = []): readonly Load[] {
  const byHolder = Map.groupBy(sessions, holderOf);
  const statuses = new Map<HolderId, AgentStatus>(agents.map((agent) => [`agent:${agent.id}`, agent]));
  for (const id of statuses.keys()) if (!byHolder.has(id)) byHolder.set(id, []);
  return [...byHolder].map(([id, held]) => {
    const times = held.flatMap((card) => unansweredSince(card) ?? []);
    const ordered = held.toSorted((a, b) => (unansweredSince(a) ?? Number.MAX_VALUE) - (unansweredSince(b) ?? Number.MAX_VALUE));
    return {
      id,
      sessions: ordered,
      unanswered: times.length,
      oldestAt: times.length === 0 ? null : Math.min(...times),
      status: statuses.get(id),
    };
  });
}

function holderOf({ agentId, state }: Card): HolderId {
  if (agentId !== null) return `agent:${agentId}`;
  return state === 'WAITING_AGENT' ? 'waiting' : 'bot';
}

/** Since when the customer waits for an answer. Undefined if nobody does. */
export function unansweredSince({ waitingSince, preview }: Card): number | undefined {
  if (waitingSince !== null) return waitingSince;
  return preview?.last?.author === 'customer' && preview.unanswered > 0 ? preview.last.at : undefined;
}
