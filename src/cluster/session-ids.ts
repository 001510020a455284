import { v7 as uuidv7 } from 'uuid';
import { parseSessionId, type SessionId } from '#machines/ids.ts';

/**
 * Makes ids of sessions, UUIDs version 7 that sort by their opening on the clock of all instances.
 * An id sorts behind that of the session before at the same address, whatever a clock says, because
 * the work of an address is done in that order.
 */
export function sessionIds(now: () => number): (after?: SessionId) => SessionId {
  return (after) => parseSessionId(uuidv7({ msecs: Math.max(now(), after === undefined ? 0 : timeOf(after) + 1) }));
}

/** Milliseconds since the epoch: the first 48 bits. */
function timeOf(id: SessionId): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
