/** What a stored work item shows to code that does not know its effect or invocation. */
import * as z from 'zod';
import { StatechatError } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import type { WorkItem } from '#storage/port.ts';

/** The stable idempotency key of a piece of work. */
export function keyOf({ sessionId, serial }: Pick<WorkItem, 'sessionId' | 'serial'>): string {
  return `${sessionId}.${serial}`;
}

/** The address of the session whose turn made it. */
export function addressOf({ payload, movedTo }: WorkItem): Address {
  return movedTo ?? (String(Reflect.get(Object(payload), 'address')) as Address);
}

/** The same work after its session moved. */
export function movedItem(item: WorkItem, to: Address): WorkItem {
  return { ...item, lane: item.lane === null ? null : to, movedTo: to };
}

/** The `traceparent` of the turn that made it, if that was traced. */
export function traceOf({ payload }: WorkItem): string | undefined {
  const trace: unknown = Reflect.get(Object(payload), 'trace');
  return typeof trace === 'string' ? trace : undefined;
}

/** True if its journal entry shows a delivery. */
export function isMessage({ payload }: WorkItem): boolean {
  return Reflect.get(Object(payload), 'message') === true;
}

/**
 * The order within a lane, the same as in the stores. The ids of an address's sessions sort in the
 * order of the sessions.
 */
export function inOrder(a: WorkItem, b: WorkItem): number {
  if (a.sessionId !== b.sessionId) return a.sessionId < b.sessionId ? -1 : 1;
  return a.serial - b.serial;
}

/** Type of the work items that call an action's own implementation. */
export const MACHINE_ACTION = 'machine.action';

/** Payload of a stored item. Throws `StatechatError` code `unreadable_work`. */
export function decodePayload<T>(schema: z.ZodType<T>, item: WorkItem): T {
  const result = schema.safeParse(item.payload);
  if (!result.success)
    throw new StatechatError('unreadable_work', `work item ${keyOf(item)} can't be read: ${z.prettifyError(result.error)}`);
  return result.data;
}
