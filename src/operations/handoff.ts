/** Which agents are there, how much each holds, and the queues. */
import * as z from 'zod';
import { ROLES } from '#storage/approvals.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import { availabilities, isAvailable } from './availability.ts';
import { defineOperation } from './operation.ts';

const time = z.number();

/** Sessions that are read at a time. */
const PAGE = 200;
/** Sessions with agents that are counted. More is no work of people. */
const MOST_HELD = 5_000;

export const agentStatus = defineOperation({
  name: 'agents.status',
  scope: 'agents:read',
  effect: 'read',
  summary: 'Lists the agents who can sign in, by login, with who is there and how many sessions each holds.',
  input: z.strictObject({}),
  output: z.strictObject({
    agents: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        role: z.enum(ROLES),
        online: z.boolean().describe('A console of the agent is connected, or was a short time ago.'),
        away: z.boolean().describe('The agent takes no sessions of a rule.'),
        available: z.boolean().describe('Online and not away.'),
        skills: z.array(z.string()),
        capacity: z.number().describe('Sessions that rules give the agent at most.'),
        holds: z.number().describe('Sessions that the agent holds, without those that are idle.'),
        seenAt: time.nullable().describe('When a console of the agent was connected last.'),
        assignedAt: time.nullable().describe('When a rule gave the agent a session last.'),
      }),
    ),
    counted: z.boolean().describe(`False if more than ${MOST_HELD} sessions are held, so that \`holds\` may be too low.`),
  }),
  async run({ store, ...ports }) {
    const [agents, { holds, isWhole }] = await Promise.all([availabilities(ports), heldBy(store)]);
    return {
      agents: agents.map((agent) => ({
        ...agent,
        skills: [...agent.skills],
        available: isAvailable(agent),
        holds: holds.get(agent.id) ?? 0,
      })),
      counted: isWhole,
    };
  },
});

/** Open sessions by the agent who holds them. */
async function heldBy(store: Pick<Store, 'sessions'>): Promise<{ holds: ReadonlyMap<string, number>; isWhole: boolean }> {
  const holds = new Map<string, number>();
  let count = 0;
  let cursor: string | null | undefined;
  do {
    const page: { readonly items: readonly SessionRow[]; readonly next: string | null } = await store.sessions(
      { handler: 'human', state: 'ACTIVE', open: true },
      PAGE,
      cursor ?? undefined,
    );
    for (const { agentId } of page.items) if (agentId !== null) holds.set(agentId, (holds.get(agentId) ?? 0) + 1);
    count += page.items.length;
    cursor = page.next;
  } while (cursor !== null && count < MOST_HELD);
  return { holds, isWhole: cursor === null };
}

export const setAvailable = defineOperation({
  name: 'agents.set_available',
  scope: 'account:own',
  effect: 'write',
  summary: 'Says whether you take sessions that rules assign. It holds until you change it, on all your devices.',
  input: z.strictObject({ available: z.boolean() }),
  output: z.strictObject({ available: z.boolean() }),
  detail: ({ available }) => `available: ${available}`,
  async run({ handoff, caller }, { available }) {
    await handoff.setAway(caller.agent.id, !available);
    return { available };
  },
});

export const listQueues = defineOperation({
  name: 'queues.list',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Lists the queues in which customers wait for humans, the default one first.',
  input: z.strictObject({}),
  output: z.strictObject({
    queues: z.array(
      z.strictObject({
        name: z.string().nullable().describe('Null for the default queue.'),
        skills: z.array(z.string()).describe('What an agent needs to get a session by a rule.'),
        assignment: z.enum(['manual', 'round_robin', 'least_busy']),
        sticky: z.boolean().describe('The agent who last spoke with the customer comes first.'),
      }),
    ),
  }),
  async run({ terms }) {
    return {
      queues: terms.queues.all.map(({ name, skills, assignment }) => ({
        name,
        skills: [...skills],
        assignment: assignment.method,
        sticky: assignment.method !== 'manual' && assignment.sticky,
      })),
    };
  },
});
