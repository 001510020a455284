/**
 * Work that a turn carries for what follows sessions from outside. It is stored in the statement of
 * the turn, so no committed turn is missed. The session's machine does not know of it, and
 * replaying the journal makes none.
 */
import type { WorkItem } from '#storage/port.ts';
import type { Follow } from '../contract/follow.ts';
import type { Turn } from './turn.ts';

/**
 * Serials of such work, which a machine never gives. One turn makes one item at most, so the
 * version of the session tells them apart.
 */
const FIRST_SERIAL = 1_000_000_000;

export function withFollower(turn: Turn, follow: Follow): Turn {
  const { session, journal, work } = turn.commit;
  const last = journal.at(-1);
  const effect = last && follow(turn.commit);
  if (effect === undefined) return turn;
  const item: WorkItem = {
    sessionId: session.id,
    serial: FIRST_SERIAL + session.version,
    seq: last?.seq ?? session.version,
    kind: 'effect',
    lane: null,
    type: effect.type,
    payload: { address: session.address, params: effect.params, message: false },
    attempts: 0,
    notBefore: last?.at ?? 0,
    progress: null,
  };
  return { ...turn, commit: { ...turn.commit, work: [...work, item] } };
}
