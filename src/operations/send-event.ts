/**
 * Events of human agents. An agent claims a session, writes to the customer, releases, transfers,
 * notes or closes it.
 */
import * as z from 'zod';
import type { Receipt } from '#actors/contract/api.ts';
import { resultOfEntry } from '#actors/session/journal-payload.ts';
import { Unavailable } from '#machines/errors.ts';
import { MAX_SEQ, type SessionId } from '#machines/ids.ts';
import type { SessionEvent } from '#machines/session/events.ts';
import type { SessionRow } from '#storage/port.ts';
import { agentEventInput, completedEvent, filesNamed, namedAgent } from './agent-event.ts';
import { noSuchAgent } from './agents.ts';
import { actingAgent, type Caller } from './caller.ts';
import type { OperationContext } from './context.ts';
import { DELIVERY_PROBLEMS, deliverEvent, onceInput, receiptSchema, receiptView } from './deliver-event.ts';
import { uploadedFiles } from './files.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { existingSession, idOfSession, sessionIdInput } from './sessions.ts';
import { unseenBy } from './unseen.ts';

const { refused, unseen } = problemTypes;

export const sendEvent = defineOperation({
  name: 'sessions.send_event',
  scope: 'sessions:act',
  effect: 'write',
  summary: "Sends an agent's event, and resolves once its turn is durable. A template to a closed session opens the next one.",
  input: z.strictObject({
    sessionId: sessionIdInput,
    event: agentEventInput,
    ...onceInput,
    seen: wholeNumber(0, MAX_SEQ)
      .optional()
      .describe('`seq` of the last entry that the writer saw. The event is held back if a customer or a colleague wrote after it.'),
  }),
  output: receiptSchema,
  errors: [...DELIVERY_PROBLEMS, unseen],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId, event, idempotencyKey, ifVersion: expected, seen }) {
    const { actors, caller, now } = context;
    const acting = actingAgent(caller, namedAgent(event));
    // The journal has `by`, also where the event names an agent beside it.
    if (event.type === 'close' && event.by !== undefined) actingAgent(caller, event.by);
    const id = idOfSession(sessionId);
    const files = await uploadedFiles(context, id, filesNamed(event));
    const complete = ofHolder(caller, await withColleagues(context, completedEvent(event, { acting, files, now: now(), seen })));
    // The prefix keeps it apart from the ids of customers' messages.
    const options = idempotencyKey === undefined ? {} : { eventId: `api:${idempotencyKey}` };
    const row = complete.type === 'agent.message' && complete.template !== undefined ? await existingSession(context, id) : undefined;
    if (row?.open === false) {
      const { address, assistant } = row;
      const receipt =
        seen === undefined
          ? await actors.deliver({ address, assistant }, complete, options)
          : await deliverToNext(context, row, { agentId: acting.id, event: complete, eventId: options.eventId });
      return { ...receiptView(receipt), sessionId: receipt.sessionId };
    }
    const deliver = (ifVersion: number) => actors.deliver({ sessionId: id }, complete, { ...options, ifVersion });
    return receiptView(
      seen === undefined || expected !== undefined
        ? await deliverEvent(context, id, complete, { idempotencyKey, ifVersion: expected })
        : await deliverIfSeen(context, { id, agentId: acting.id, seen, eventId: options.eventId }, deliver),
    );
  },
});

/** Version of a session that was just opened and has received nothing. */
const OPENED = 1;

/**
 * Opens the customer's next session by a template. If one is open by now, its messages are unseen,
 * because the writer saw the closed session.
 */
async function deliverToNext(
  context: OperationContext,
  { address, assistant }: SessionRow,
  { agentId, event, eventId }: { agentId: string; event: SessionEvent; eventId: string | undefined },
): Promise<Receipt> {
  const options = eventId === undefined ? {} : { eventId };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { items } = await context.store.sessions({ address, open: true }, 1);
    const [next] = items;
    if (next !== undefined) {
      const deliver = (ifVersion: number) => context.actors.deliver({ sessionId: next.id }, event, { ...options, ifVersion });
      return await deliverIfSeen(context, { id: next.id, agentId, seen: 0, eventId, isNext: true }, deliver);
    }
    const receipt = await context.actors.deliver({ address, assistant }, event, { ...options, ifVersion: OPENED });
    if (receipt.refused?.code !== 'version') return receipt;
  }
  throw new Unavailable('The session changes faster than the answer can be compared with it. Send it again.');
}

/** An agent who does not manage sessions ends and gives away only what no colleague holds. */
export function ofHolder({ scopes }: Caller, event: SessionEvent): SessionEvent {
  if (scopes.has('sessions:manage')) return event;
  return event.type === 'agent.release' || event.type === 'agent.transfer' || event.type === 'close'
    ? { ...event, holderOnly: true }
    : event;
}

/**
 * The event with the colleague that a person transfers to, as the account has it. Those that a note
 * mentions have to exist. A program with the API token may have agents of its own.
 */
async function withColleagues({ caller, agents }: OperationContext, event: SessionEvent): Promise<SessionEvent> {
  if (caller.kind === 'agent' && event.type === 'note') {
    for (const id of event.mentions ?? []) if ((await agents.agent({ id })) === undefined) throw noSuchAgent(id);
  }
  if (caller.kind === 'token' || event.type !== 'agent.transfer' || event.to === undefined) return event;
  const account = await agents.agent({ id: event.to.id });
  if (account === undefined) throw noSuchAgent(event.to.id);
  if (account.disabled) throw new OperationProblem(refused, `${account.name} cannot sign in any more. Transfer it to somebody else.`);
  return { ...event, to: { id: account.id, name: account.name } };
}

/** Turns that may come between reading the journal and the event. A conversation has few. */
const ATTEMPTS = 20;

interface SeenBy {
  readonly id: SessionId;
  readonly agentId: string;
  readonly seen: number;
  readonly eventId: string | undefined;
  /** It follows the closed session that the caller named. Default is false. */
  readonly isNext?: boolean;
}

/**
 * Compares and sends. A commit between reading the journal and the event changes the version, and
 * the journal is read again.
 */
async function deliverIfSeen(
  context: OperationContext,
  { id, agentId, seen, eventId, isNext = false }: SeenBy,
  deliver: (ifVersion: number) => Promise<Receipt>,
): Promise<Receipt> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const row = await existingSession(context, id);
    const { written, repeated } = await unseenBy(context.store, agentId, { sessionId: id, seen, version: row.version, eventId });
    const { version, state, handler, address } = row;
    if (repeated !== undefined) return { sessionId: id, address, version, state, handler, duplicate: true, ...resultOfEntry(repeated) };
    if (written !== undefined) {
      const detail = `Entry ${written.seq} was written after what you have seen. Read from there on, and send again.`;
      throw new OperationProblem(unseen, detail, { version, seq: written.seq, ...(isNext ? { sessionId: id } : {}) });
    }
    const receipt = await deliver(version);
    if (receipt.refused?.code !== 'version') return receipt;
  }
  throw new Unavailable('The session changes faster than the answer can be compared with it. Send it again.');
}
