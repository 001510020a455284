/**
 * Which agent gets a waiting session. A pure rule over what is known of the agents at one moment.
 * It gives the same answer for the same facts in any order, so instances that decide at once decide
 * alike. Does not own who is there, who holds what, or the claim itself. The session's machine
 * decides whether the claim is taken.
 */
import * as z from 'zod';

const assigned = {
  /** Whether the agent who last spoke with the customer comes first. */
  sticky: z.boolean().default(true),
};

export const assignmentPolicy = z.discriminatedUnion('method', [
  /** Agents claim sessions themselves. */
  z.strictObject({ method: z.literal('manual') }),
  /** The agent whose last assignment is the longest ago. */
  z.strictObject({ method: z.literal('round_robin'), ...assigned }),
  /** The agent who uses the smallest share of the capacity. */
  z.strictObject({ method: z.literal('least_busy'), ...assigned }),
]);
export type AssignmentPolicy = z.output<typeof assignmentPolicy>;

export interface Candidate {
  readonly id: string;
  /** Signed in, and takes sessions. */
  readonly available: boolean;
  /** Sessions that the agent holds. */
  readonly holds: number;
  /** Most sessions that the agent holds at a time. With 0 the agent gets none. */
  readonly capacity: number;
  readonly skills: readonly string[];
  /** When a session was last assigned, in milliseconds since the epoch. Null for never. */
  readonly lastAssignedAt: number | null;
}

export interface WaitingSession {
  /** All of them are needed. A queue that needs a language or a product names it here. */
  readonly skills: readonly string[];
  /** The agent who last spoke with the customer, in this session or an earlier one. */
  readonly lastAgent: string | null;
  /** Agents who do not get it, such as one who just gave it back. */
  readonly except: readonly string[];
}

/**
 * `reason` is the first condition that no agent fulfils, in the order of the type. `no_candidate`
 * means that no agent has the skills, or that none is left without those excepted.
 */
export type Assignment =
  | { readonly agent: string }
  | { readonly agent: null; readonly reason: 'manual' | 'no_candidate' | 'none_available' | 'all_busy' };

export function assign(candidates: readonly Candidate[], session: WaitingSession, policy: AssignmentPolicy): Assignment {
  if (policy.method === 'manual') return { agent: null, reason: 'manual' };
  const skilled = candidates.filter(
    ({ id, skills }) => !session.except.includes(id) && session.skills.every((skill) => skills.includes(skill)),
  );
  if (skilled.length === 0) return { agent: null, reason: 'no_candidate' };
  const available = skilled.filter((candidate) => candidate.available);
  if (available.length === 0) return { agent: null, reason: 'none_available' };
  const free = available.filter(({ holds, capacity }) => holds < capacity);
  const known = policy.sticky ? free.find(({ id }) => id === session.lastAgent) : undefined;
  const order = policy.method === 'least_busy' ? byLoad : byTurn;
  const chosen = known ?? free.toSorted(order)[0];
  return chosen === undefined ? { agent: null, reason: 'all_busy' } : { agent: chosen.id };
}

function byLoad(a: Candidate, b: Candidate): number {
  // The shares as products, because equal shares may differ as quotients.
  return a.holds * b.capacity - b.holds * a.capacity || byTurn(a, b);
}

function byTurn(a: Candidate, b: Candidate): number {
  const since = ({ lastAssignedAt }: Candidate): number => lastAssignedAt ?? -1;
  return since(a) - since(b) || (a.id < b.id ? -1 : 1);
}
