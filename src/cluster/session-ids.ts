import { v7 as uuidv7 } from 'uuid';
import { parseSessionId, type SessionId } from '#machines/ids.ts';

/**
 * Makes ids of sessions. They are UUIDs of version 7 that sort by when the sessions were opened, on
 * the clock of all instances. An id sorts behind that of the session before at the same address,
 * whatever the clock returns, because the work of an address is done in that order.
 */
export function sessionIds(now: () => number): (after?: SessionId) => SessionId {
  return (after) => parseSessionId(uuidv7({ msecs: Math.max(now(), after === undefined ? 0 : timeOf(after) + 1) }));
}

/** The first 48 bits are milliseconds since the epoch. */
function timeOf(id: SessionId): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
