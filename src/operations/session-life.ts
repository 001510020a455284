/** Operations that open, find, count and delete sessions. */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import { customerSchema, type SessionEvent } from '#machines/session/events.ts';
import type { SessionRow } from '#storage/port.ts';
import { agentInput } from './agent-event.ts';
import { actingAgent } from './caller.ts';
import type { OperationContext } from './context.ts';
import { customerKeyOf } from './customer-key.ts';
import { deliverEvent, eventIdOf, onceInput, receiptView, staleVersion } from './deliver-event.ts';
import { idempotencyKeyInput } from './idempotency-key.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { ofHolder } from './send-event.ts';
import { factChanges, factsInput, messageInput } from './session-changes.ts';
import { addressInput } from './session-filter.ts';
import { sessionSchema, sessionView, wholeSessionSchema, wholeSessionView } from './session-view.ts';
import { existingSession, noSuchSession, sessionIdInput } from './sessions.ts';

const { notFound, held, closed, refused, parked, exists, onHold, open, stale } = problemTypes;

const DAY_MS = 86_400_000;

export const findSession = defineOperation({
  name: 'sessions.find',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Reads the latest session at an address, open or closed, with its snapshot.',
  input: z.strictObject({ address: addressInput }),
  output: wholeSessionSchema,
  errors: [notFound],
  target: ({ address }) => address,
  async run({ store }, { address }) {
    const row = await store.load({ address });
    if (row !== undefined) return wholeSessionView(row);
    throw new OperationProblem(notFound, `There is no session at "${address.slice(0, 80)}". GET /api/sessions lists the ones there are.`);
  },
});

export const createSession = defineOperation({
  name: 'sessions.create',
  scope: 'sessions:write',
  effect: 'write',
  summary: 'Opens a session at an address where none is open, with a first message of the customer if there is one.',
  input: z.strictObject({
    address: addressInput,
    assistant: z.string().min(1).max(100).exactOptional().describe("Default is the assistant of the address's channel."),
    customer: customerSchema.optional(),
    message: messageInput.exactOptional(),
    ...factsInput,
    agent: agentInput.optional().describe('The agent that acts, if it is not you.'),
    idempotencyKey: idempotencyKeyInput.optional(),
  }),
  output: sessionSchema,
  errors: [exists, refused, parked],
  target: ({ address }) => address,
  async run(context, { address, assistant: named, customer, message, agent, idempotencyKey, ...facts }) {
    const { store, actors, caller, now } = context;
    const assistant = context.assistantFor(address, named);
    if (assistant === undefined) throw new InvalidInput(`assistant: there is no assistant "${named?.slice(0, 80)}".`);
    const eventId = eventIdOf(idempotencyKey);
    const there = await store.load({ address });
    if (there !== undefined && (there.open || idempotencyKey !== undefined)) {
      if (await isOpenedBy(context, there.id, eventId)) return sessionView(there);
      if (there.open) throw openAlready(there);
    }
    const changes = factChanges(facts);
    const at = now();
    const opening: SessionEvent =
      message !== undefined && Object.keys(changes).length === 0
        ? { type: 'customer.message', id: eventId, at, text: message, ...(customer === undefined ? {} : { customer }) }
        : { type: 'agent.update', at, agent: actingAgent(caller, agent), ...changes };
    const to = { address, assistant, input: customer === undefined ? null : { customer } };
    const receipt = await actors.deliver(to, opening, { eventId });
    receiptView(receipt);
    const id = receipt.sessionId;
    // Another caller or the customer opened it at the same moment.
    if (!(await isOpenedBy(context, id, eventId))) throw openAlready(await existingSession(context, id));
    if (message !== undefined && opening.type === 'agent.update') {
      const said = { type: 'customer.message', id: `${eventId}:message`, at, text: message } as const;
      receiptView(await deliverEvent(context, id, said, { idempotencyKey: `${eventId}:message` }));
    }
    return sessionView(await existingSession(context, id));
  },
});

/** Whether the first event of the session is this one. The entry before it says how it began. */
async function isOpenedBy({ store }: OperationContext, id: SessionId, eventId: string): Promise<boolean> {
  return (await store.journal(id, 0, 2)).some((entry) => entry.eventId === eventId);
}

function openAlready({ id }: Pick<SessionRow, 'id'>): OperationProblem {
  return new OperationProblem(exists, `The session ${id} is open at this address. Add your message to it.`, { sessionId: id });
}

export const deleteSession = defineOperation({
  name: 'sessions.delete',
  scope: 'sessions:delete',
  effect: 'write',
  summary: 'Closes a session and deletes it for good with all that belongs to it. One on legal hold stays.',
  input: z.strictObject({
    sessionId: sessionIdInput,
    agent: agentInput.optional().describe('The agent that acts, if it is not you.'),
    ifVersion: onceInput.ifVersion,
  }),
  output: z.strictObject({ deleted: z.literal(true) }),
  errors: [notFound, held, closed, refused, parked, onHold, open, stale],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId, agent, ifVersion }) {
    const { archive, caller, now } = context;
    const row = await existingSession(context, sessionId);
    if (ifVersion !== undefined && ifVersion !== row.version) throw staleVersion(row.version);
    const holds = await archive.holds(row.id);
    if (holds.at(-1)?.held === true) throw heldSession();
    if (row.open) {
      const { id: by } = actingAgent(caller, agent);
      const close = ofHolder(caller, { type: 'close', at: now(), by, reason: 'to be deleted' });
      receiptView(await deliverEvent(context, row.id, close, { ifVersion }));
    }
    const outcome = await archive.deleteSession(row.id);
    if (outcome === 'deleted') {
      await forgetCustomer(context, row);
      return { deleted: true as const };
    }
    if (outcome === 'held') throw heldSession();
    if (outcome === 'no session') throw noSuchSession(row.id);
    throw new OperationProblem(open, "The assistant's machine did not close the session, so it was not deleted.");
  },
});

/** With the last session of a customer, analytics forgets on which days the customer wrote. */
async function forgetCustomer(
  { store, rollups }: Pick<OperationContext, 'store' | 'rollups'>,
  { assistant, address }: Pick<SessionRow, 'assistant' | 'address'>,
): Promise<void> {
  const { items } = await store.sessions({ assistant, address }, 1);
  if (items.length > 0) return;
  const key = await customerKeyOf(store);
  await rollups.forgetCustomers([key({ assistant, address })]);
}

function heldSession(): OperationProblem {
  return new OperationProblem(onHold, 'The session is on legal hold. Lift the hold first: PUT /api/sessions/:id/hold.');
}

export const cleanUp = defineOperation({
  name: 'sessions.clean_up',
  scope: 'sessions:delete',
  effect: 'write',
  summary: 'Deletes sessions that were closed, and dead letters that came, more than so many days ago.',
  input: z.strictObject({
    days: wholeNumber(0, 36_500),
    limit: wholeNumber(1, 500).default(100).describe('At most so many of each kind in one call.'),
    dryRun: z.boolean().default(false).describe('Only counts what could be deleted.'),
  }),
  output: z.strictObject({
    sessions: z.number(),
    deadLetters: z.number(),
    held: z.number().nullable().describe('Sessions that stay because of a legal hold. Null unless it is a dry run.'),
    more: z.boolean().describe('There may be more to delete. Call again.'),
  }),
  detail: ({ days, dryRun }) => `${days} days${dryRun ? ', dry run' : ''}`,
  async run({ archive, now }, { days, limit, dryRun }) {
    const before = now() - days * DAY_MS;
    if (dryRun) return { ...(await archive.expired(before)), more: false };
    const deleted = await archive.deleteExpired(before, limit);
    return { ...deleted, held: null, more: deleted.sessions === limit || deleted.deadLetters === limit };
  },
});

export const sessionStats = defineOperation({
  name: 'sessions.stats',
  scope: 'sessions:read',
  effect: 'read',
  summary: 'Counts the open sessions by machine and state. Counts are up to a second old.',
  input: z.strictObject({}),
  output: z.strictObject({
    open: z.number(),
    states: z.record(z.string(), z.number()).describe('Open sessions by state, over all machines.'),
    machines: z.array(z.strictObject({ id: z.string(), version: z.number(), states: z.record(z.string(), z.number()) })),
  }),
  async run({ stateCounts }) {
    const counts = await stateCounts.stateCounts();
    const byMachine = Map.groupBy(counts, ({ machineId, machineVersion }) => `${machineId}@${machineVersion}`);
    return {
      open: counts.reduce((sum, { sessions }) => sum + sessions, 0),
      states: sums(counts),
      machines: [...byMachine.values()].flatMap((of) => {
        const [first] = of;
        return first === undefined ? [] : [{ id: first.machineId, version: first.machineVersion, states: sums(of) }];
      }),
    };
  },
});

function sums(counts: readonly { readonly state: string; readonly sessions: number }[]): Record<string, number> {
  const found = new Map<string, number>();
  for (const { state, sessions } of counts) found.set(state, (found.get(state) ?? 0) + sessions);
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
