/**
 * Events of human agents. An agent claims a session, writes to the customer, releases, transfers,
 * notes or closes it.
 */
import * as z from 'zod';
import type { Receipt } from '#actors/contract/api.ts';
import { agentEventInput, completedEvent, namedAgent } from './agent-event.ts';
import { actingAgent } from './caller.ts';
import { idempotencyKeyInput } from './idempotency-key.ts';
import { defineOperation } from './operation.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { handler } from './session-view.ts';
import { idOfSession, sessionIdInput } from './sessions.ts';

const { notFound, held, closed, refused, parked } = problemTypes;

const receiptSchema = z.strictObject({
  version: z.number(),
  state: z.string(),
  handler,
  ignored: z.string().describe('Why the machine had no use for the event in its state.').optional(),
  duplicate: z.literal(true).describe('The idempotency key was used before: nothing was changed now.').optional(),
  pending: z.literal(true).describe('The session waits for running code and takes the event after that.').optional(),
});

export const sendEvent = defineOperation({
  name: 'sessions.send_event',
  scope: 'sessions:act',
  effect: 'write',
  summary: "Sends a human agent's event to a session. Resolves once the turn is durable.",
  input: z.strictObject({ sessionId: sessionIdInput, event: agentEventInput, idempotencyKey: idempotencyKeyInput.optional() }),
  output: receiptSchema,
  errors: [notFound, held, closed, refused, parked],
  target: ({ sessionId }) => sessionId,
  async run({ actors, caller, now }, { sessionId, event, idempotencyKey }) {
    const acting = actingAgent(caller, namedAgent(event));
    // The journal has `by`, also where the event names an agent beside it.
    if (event.type === 'close' && event.by !== undefined) actingAgent(caller, event.by);
    const complete = completedEvent(event, acting, now());
    // The prefix keeps it apart from the ids of customers' messages.
    const options = idempotencyKey === undefined ? {} : { eventId: `api:${idempotencyKey}` };
    return receiptView(await actors.deliver({ sessionId: idOfSession(sessionId) }, complete, options));
  },
});

/**
 * Throws if the machine refused the event or failed on it. The turn itself is durable nevertheless.
 */
function receiptView(receipt: Receipt): z.input<typeof receiptSchema> {
  const { version, state, handler, duplicate, ignored, pending } = receipt;
  if (receipt.refused !== undefined) {
    const { code, message, holder } = receipt.refused;
    const type = [held, closed].find((known) => known.code === code) ?? refused;
    throw new OperationProblem(type, message, { version, state, handler, ...(holder === undefined ? {} : { holder }) }, code);
  }
  if (receipt.parked !== undefined) {
    const detail = `The assistant's machine failed on this event, so it was put aside and changed nothing: ${receipt.parked}`;
    throw new OperationProblem(parked, detail, { version, state, handler });
  }
  return {
    version,
    state,
    handler,
    ...(ignored === undefined ? {} : { ignored }),
    ...(duplicate ? { duplicate } : {}),
    ...(pending ? { pending } : {}),
  };
}
