/** Sends one event to one session, once, and only to the version that the caller has seen. */
import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import type { Receipt } from '#actors/contract/api.ts';
import { resultOfEntry } from '#actors/session/journal-payload.ts';
import { MAX_SEQ, type SessionId } from '#machines/ids.ts';
import type { SessionEvent } from '#machines/session/events.ts';
import type { OperationContext } from './context.ts';
import { idempotencyKeyInput } from './idempotency-key.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { handler } from './session-view.ts';
import { existingSession } from './sessions.ts';
import { unseenBy } from './unseen.ts';

const { held, closed, window, refused, parked, stale, notFound } = problemTypes;

export const receiptSchema = z.strictObject({
  sessionId: z.string().describe('Set where it is another session: the one that a template opened after a closed one.').optional(),
  version: z.number(),
  state: z.string(),
  handler,
  ignored: z.string().describe('Why the machine had no use for the event in its state.').optional(),
  duplicate: z.literal(true).describe('The idempotency key was used before: nothing was changed now.').optional(),
  pending: z.literal(true).describe('The session waits for running code and takes the event after that.').optional(),
});

/** Fields of an input that writes to a session. */
export const onceInput = {
  idempotencyKey: idempotencyKeyInput.optional(),
  ifVersion: wholeNumber(0, MAX_SEQ).optional().describe('The version that the change was made on. Another one is refused.'),
};

/** Problems of what `deliverEvent` and `receiptView` throw. */
export const DELIVERY_PROBLEMS = [notFound, held, closed, window, refused, parked, stale];

interface Once {
  readonly idempotencyKey?: string | undefined;
  readonly ifVersion?: number | undefined;
}

/**
 * The id of the event of a request. The prefix keeps it apart from the ids of customers' messages.
 */
export function eventIdOf(idempotencyKey: string | undefined): string {
  return `api:${idempotencyKey ?? uuidv7()}`;
}

export async function deliverEvent(
  context: OperationContext,
  id: SessionId,
  event: SessionEvent,
  { idempotencyKey, ifVersion }: Once,
): Promise<Receipt> {
  const eventId = idempotencyKey === undefined ? undefined : eventIdOf(idempotencyKey);
  const options = { ...(eventId === undefined ? {} : { eventId }), ...(ifVersion === undefined ? {} : { ifVersion }) };
  const receipt = await context.actors.deliver({ sessionId: id }, event, options);
  if (ifVersion === undefined || receipt.refused?.code !== 'version') return receipt;
  const row = await existingSession(context, id);
  const { version, state, handler: handledBy, address } = row;
  const compared = { sessionId: id, seen: Math.min(ifVersion, version), version, eventId };
  const { repeated } = await unseenBy(context.store, context.caller.agent.id, compared);
  if (repeated === undefined) throw staleVersion(version);
  return { sessionId: id, address, version, state, handler: handledBy, duplicate: true, ...resultOfEntry(repeated) };
}

export function staleVersion(version: number): OperationProblem {
  const detail = `It has version ${version} by now. Read it again, and send your change with that version.`;
  return new OperationProblem(stale, detail, { version });
}

/**
 * Throws if the machine refused the event or failed on it. The turn itself is durable nevertheless.
 */
export function receiptView(receipt: Receipt): z.input<typeof receiptSchema> {
  const { version, state, handler: handledBy, duplicate, ignored, pending } = receipt;
  const facts = { version, state, handler: handledBy };
  if (receipt.refused !== undefined) {
    const { code, message, holder } = receipt.refused;
    const type = [held, closed, window].find((known) => known.code === code) ?? refused;
    throw new OperationProblem(type, message, { ...facts, ...(holder === undefined ? {} : { holder }) }, code);
  }
  if (receipt.parked !== undefined) {
    const detail = `The assistant's machine failed on this event, so it was put aside and changed nothing: ${receipt.parked}`;
    throw new OperationProblem(parked, detail, facts);
  }
  return {
    ...facts,
    ...(ignored === undefined ? {} : { ignored }),
    ...(duplicate ? { duplicate } : {}),
    ...(pending ? { pending } : {}),
  };
}
