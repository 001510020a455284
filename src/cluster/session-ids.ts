import { v7 as uuidv7 } from 'uuid';
import { parseSessionId, type SessionId } from '#machines/ids.ts';

/**
 * Ids of sessions, as UUIDs version 7, whose order is that of their opening: by the clock that all instances share, and behind the
 * session before at the same address whatever any clock says, since work of one address is done in that order.
 */
export function sessionIds(now: () => number): (after?: SessionId) => SessionId {
  return (after) => parseSessionId(uuidv7({ msecs: Math.max(now(), after === undefined ? 0 : timeOf(after) + 1) }));
}

/** Milliseconds since the epoch: the first 48 bits. */
function timeOf(id: SessionId): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
