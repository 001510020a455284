/**
 * The commit: many turns of different sessions, each all or nothing, in one statement.
 *
 * Owns: what a batch asks and what the answer means. Does not own: the SQL (commit-statement.ts), retrying (database.ts),
 * who may call it when (the commit queue).
 * Invariants, all under READ COMMITTED:
 * 1. A turn on a session that exists is decided by the UPDATE's `version = expected`. PostgreSQL evaluates it again on
 *    the newest row once it holds its lock, so of several commits on one version exactly one wins.
 * 2. A turn that opens a session is decided by unique indexes: one open session per address, one follower per session.
 *    Losing is `on conflict do nothing`, so it never fails the other turns.
 * 3. An event id counts as taken when it stands in the journal of this session or of its lineage. The journal that the
 *    statement sees is complete for this: entries of this session that came later would fail 1, and a lineage only
 *    holds sessions that were seen closed, with what they took.
 * 4. Everything else a turn writes goes by whether its turn won (`ordinals`: 0 is lost). Nothing of the others is written.
 * 5. Nothing is joined but parameters to tables by index; what parameters need of one another goes by array position or
 *    hashed `in`. The plan is then the same for one turn and for 512, for a table that is empty and for a large one.
 * 6. Rows are taken in the order of session ids (opened ones by address), so batches that overlap wait, not deadlock.
 */
import { checkBatch } from '#storage/batch.ts';
import type { CommitResult, Store, TakenEvent, TurnCommit } from '#storage/port.ts';
import { commitStatements, type Question } from '#storage/postgres/commit-statement.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeCommit } from '#storage/postgres/decode.ts';

export function commitOf(database: Database): Pick<Store, 'commit'> {
  const statementFor = commitStatements();
  return {
    async commit(given, owner, leaseUntil) {
      if (given.length === 0) return [];
      checkBatch(given);
      const turns = given.toSorted((a, b) => (a.session.id < b.session.id ? -1 : 1));
      const questions = turns.flatMap(ask);
      const { name, text, values } = statementFor({ turns, questions, owner, leaseUntil });
      const [row] = await database.query(name, text, values);
      const { ordinals, taken } = decodeCommit(row);
      const results = new Map<string, CommitResult>();
      turns.forEach(({ session }, index) => {
        results.set(session.id, (ordinals[index] ?? 0) > 0 ? { ok: true } : { ok: false, reason: 'conflict' });
      });
      for (const { turn, events } of takenByTurn(questions, taken)) {
        const id = turns[turn - 1]?.session.id;
        if (id !== undefined) results.set(id, { ok: false, reason: 'duplicate', taken: events });
      }
      return given.map(({ session }) => results.get(session.id) ?? { ok: false, reason: 'conflict' });
    },
  };
}

/** One question per event id and session that it could stand in; a session that only opens now has nothing yet. */
function ask({ session, expectedVersion, lineage, journal }: TurnCommit, index: number): Question[] {
  const places = expectedVersion === 0 ? lineage : [session.id, ...lineage];
  return journal.flatMap(({ eventId }) => (eventId === null ? [] : places.map((sessionId) => ({ turn: index + 1, eventId, sessionId }))));
}

function takenByTurn(questions: readonly Question[], taken: readonly { readonly question: number; readonly seq: number }[]) {
  const byTurn = new Map<number, TakenEvent[]>();
  for (const { question, seq } of taken.toSorted((a, b) => a.question - b.question)) {
    const asked = questions[question - 1];
    if (asked === undefined) continue;
    const { turn, eventId, sessionId } = asked;
    byTurn.set(turn, [...(byTurn.get(turn) ?? []), { eventId, sessionId, seq }]);
  }
  return [...byTurn].map(([turn, events]) => ({ turn, events }));
}
