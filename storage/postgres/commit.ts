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
 * 3. An event id counts as taken when it stands in the journal of this session or of its lineage. The lineage is asked: it
 *    only holds sessions that were seen closed, with what they took. Of its own journal a unique index takes care: the
 *    statement fails whole, and is sent again with the questions that tell whose event that was. Most batches have no
 *    duplicate, and a question costs an eighth of a turn.
 * 4. Everything else a turn writes goes by whether its turn won (`won`). Nothing of the others is written.
 * 5. Nothing is joined but parameters to tables by index; what parameters need of one another goes by array position or
 *    hashed `in`. The plan is then the same for one turn and for 512, for a table that is empty and for a large one.
 * 6. Rows are taken in the order of session ids (opened ones by address), so batches that overlap wait, not deadlock.
 */
import { checkBatch } from '#storage/batch.ts';
import type { CommitResult, Store, TakenEvent, TurnCommit } from '#storage/port.ts';
import { commitStatements, type Question } from '#storage/postgres/commit-statement.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeCommit } from '#storage/postgres/decode.ts';
import { violates } from '#storage/postgres/unavailable.ts';

/** Duplicates come in bursts. After one, so many statements ask first instead of finding out by failing. */
const ASKING_SPELL = 16;

export function commitOf(database: Database): Pick<Store, 'commit'> {
  const statementFor = commitStatements();
  let spell = 0;

  async function store(turns: readonly TurnCommit[], asksAll: boolean, owner: string, leaseUntil: number) {
    const questions = turns.flatMap((turn, index) => ask(turn, index + 1, asksAll));
    const { name, text, values } = statementFor({ turns, questions, owner, leaseUntil });
    const [row] = await database.query(name, text, values);
    const { won, taken } = decodeCommit(row);
    return { won, taken: takenByTurn(questions, taken) };
  }

  return {
    async commit(given, owner, leaseUntil) {
      if (given.length === 0) return [];
      checkBatch(given);
      const turns = given.toSorted((a, b) => (a.session.id < b.session.id ? -1 : 1));
      const { won, taken } = await store(turns, spell-- > 0, owner, leaseUntil).catch((error: unknown) => {
        if (!violates(error, 'journal_event')) throw error;
        return store(turns, true, owner, leaseUntil);
      });
      spell = taken.length > 0 ? ASKING_SPELL : Math.max(spell, 0);
      const results = new Map<string, CommitResult>();
      for (const turn of won) results.set(turns[turn - 1]?.session.id ?? '', { ok: true });
      for (const { turn, events } of taken)
        results.set(turns[turn - 1]?.session.id ?? '', { ok: false, reason: 'duplicate', taken: events });
      return given.map(({ session }) => results.get(session.id) ?? { ok: false, reason: 'conflict' });
    },
  };
}

/**
 * One question per event id and session that it could stand in. The session's own journal takes no event id twice, so it
 * need not be asked; a session that only opens now has nothing yet.
 */
function ask({ session, expectedVersion, lineage, journal }: TurnCommit, turn: number, asksAll: boolean): Question[] {
  const places = asksAll && expectedVersion > 0 ? [session.id, ...lineage] : lineage;
  if (places.length === 0) return [];
  return journal.flatMap(({ eventId }) => (eventId === null ? [] : places.map((sessionId) => ({ turn, eventId, sessionId }))));
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
