import { StatechatError } from '#machines/errors.ts';
import type { TurnCommit } from '#storage/port.ts';

/**
 * Rules that a batch must obey in every store. A breach is a defect of the caller. Nothing of the
 * batch is written, and it must not be retried.
 */
export function checkBatch(turns: readonly TurnCommit[]): void {
  const seen = new Set<string>();
  for (const turn of turns) {
    const { id, version } = turn.session;
    if (seen.has(id)) throw defect(`Session ${id} is in one batch twice. Put its events into one turn.`, turn);
    seen.add(id);
    if (version !== turn.expectedVersion + turn.journal.length) {
      throw defect(`Session ${id}: version ${version} must be ${turn.expectedVersion} plus ${turn.journal.length} entries.`, turn);
    }
    if (turn.expectedVersion === 0 && turn.journal.length === 0) {
      throw defect(`Session ${id} cannot be opened without a journal entry: its version would be 0.`, turn);
    }
    if (turn.expectedVersion === 0 && turn.steady) throw defect(`Session ${id} opens: nothing of its row is stored yet.`, turn);
    if (turn.movedFrom !== undefined && (turn.expectedVersion === 0 || turn.steady || turn.movedFrom === turn.session.address)) {
      throw defect(`Session ${id}: only a session that is stored moves, to another address, and not in a steady turn.`, turn);
    }
    turn.journal.forEach((entry, index) => {
      if (entry.sessionId !== id || entry.seq !== turn.expectedVersion + index + 1) {
        throw defect(`Session ${id}: entry ${entry.seq} of ${entry.sessionId} is not its entry ${turn.expectedVersion + index + 1}.`, turn);
      }
    });
    if (
      turn.journal.some(({ eventId }, index) => eventId !== null && turn.journal.findIndex((other) => other.eventId === eventId) < index)
    ) {
      throw defect(`Session ${id}: one turn takes the same event id twice.`, turn);
    }
    if (
      turn.work.some(({ sessionId, serial }, index) => sessionId !== id || turn.work.findIndex((other) => other.serial === serial) < index)
    ) {
      throw defect(`Session ${id}: its work must be its own, each item with its own serial.`, turn);
    }
  }
}

function defect(message: string, turn: TurnCommit): StatechatError {
  return new StatechatError('defect', message, { expose: false, facts: { sessionId: turn.session.id } });
}
