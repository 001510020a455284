/**
 * The commit. It stores many turns of different sessions, each all or nothing, in one statement.
 *
 * Owns the questions of a batch and the meaning of the answer. Does not own the SQL
 * (commit-statement.ts), retrying (database.ts), the callers and their timing (the commit queue).
 *
 * Invariants, all under READ COMMITTED
 * 1. A turn on an existing session is decided by the UPDATE's `version = expected`. PostgreSQL
 *    evaluates it again on the newest row once it holds its lock, so of several commits on one
 *    version exactly one wins.
 * 2. A turn that opens a session is decided by unique indexes, one open session per address and one
 *    follower per session. Losing is `on conflict do nothing`, so it never fails the other turns.
 * 3. An event id counts as taken if it is in the journal of this session or of its lineage. The
 *    statement queries the lineage, which only holds sessions that were seen closed, with what they
 *    took. A unique index guards the session's own journal. If it objects, the statement fails
 *    whole, and is sent again with the questions that find the event's session. Most batches have
 *    no duplicate, and a question costs an eighth of a turn.
 * 4. Everything else that a turn writes depends on whether its turn won (`won`). Nothing of the
 *    others is written.
 * 5. Parameters are joined with tables by index alone. Parameters refer to each other by array
 *    position or hashed `in`. The plan is then the same for one turn and for 512, for an empty
 *    table and for a large one.
 * 6. Rows are locked in the order of session ids (opened ones by address), so overlapping batches
 *    wait and never deadlock.
 */
import { checkBatch } from '#storage/batch.ts';
import type { CommitResult, Store, TakenEvent, TurnCommit } from '#storage/port.ts';
import { commitStatements, type Question } from '#storage/postgres/commit-statement.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeCommit } from '#storage/postgres/decode.ts';
import { violates } from '#storage/postgres/unavailable.ts';

/**
 * Duplicates come in bursts. After one, this many statements ask first instead of failing first.
 */
const ASKING_SPELL = 16;

const CONFLICT: CommitResult = { ok: false, reason: 'conflict' };

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

  /**
   * A move is a statement of its own, because it waits for openings at its address. What it meets
   * at the new address may fail the whole statement.
   */
  async function move(turn: TurnCommit, owner: string, leaseUntil: number): Promise<CommitResult> {
    try {
      const { won, taken } = await store([turn], true, owner, leaseUntil);
      const [first] = taken;
      return won.length > 0 ? { ok: true } : first === undefined ? CONFLICT : { ok: false, reason: 'duplicate', taken: first.events };
    } catch (error) {
      if (violates(error, 'sessions_one_open') || violates(error, 'sessions_latest')) return CONFLICT;
      throw error;
    }
  }

  async function together(given: readonly TurnCommit[], owner: string, leaseUntil: number): Promise<readonly CommitResult[]> {
    if (given.length === 0) return [];
    const turns = given.toSorted((a, b) => (a.session.id < b.session.id ? -1 : 1));
    const { won, taken } = await store(turns, spell-- > 0, owner, leaseUntil).catch((error: unknown) => {
      if (!violates(error, 'journal_event')) throw error;
      return store(turns, true, owner, leaseUntil);
    });
    spell = taken.length > 0 ? ASKING_SPELL : Math.max(spell, 0);
    const results = new Map<string, CommitResult>();
    for (const turn of won) results.set(turns[turn - 1]?.session.id ?? '', { ok: true });
    for (const { turn, events } of taken) results.set(turns[turn - 1]?.session.id ?? '', { ok: false, reason: 'duplicate', taken: events });
    return given.map(({ session }) => results.get(session.id) ?? CONFLICT);
  }

  return {
    async commit(turns, owner, leaseUntil) {
      checkBatch(turns);
      const moves = turns.filter(({ movedFrom }) => movedFrom !== undefined);
      if (moves.length === 0) return together(turns, owner, leaseUntil);
      const rest = turns.filter(({ movedFrom }) => movedFrom === undefined);
      const results = new Map<TurnCommit, CommitResult | undefined>();
      for (const [index, result] of (await together(rest, owner, leaseUntil)).entries()) {
        const turn = rest[index];
        if (turn) results.set(turn, result);
      }
      for (const turn of moves) results.set(turn, await move(turn, owner, leaseUntil));
      return turns.map((turn) => results.get(turn) ?? CONFLICT);
    },
  };
}

/**
 * One question per event id and session that could have it. The session's own journal takes no
 * event id twice, so it needs no question. A session that only opens now has nothing yet.
 */
function ask({ session, expectedVersion, lineage, journal }: TurnCommit, turn: number, asksAll: boolean): Question[] {
  const places = asksAll && expectedVersion > 0 ? [session.id, ...lineage] : lineage;
  if (places.length === 0) return [];
  return journal.flatMap(({ eventId }) => (eventId === null ? [] : places.map((sessionId) => ({ turn, eventId, sessionId }))));
}

function takenByTurn(questions: readonly Question[], taken: readonly { readonly question: number; readonly seq: number }[]) {
  const byTurn = new Map<number, TakenEvent[]>();
  for (const { question, seq } of taken.toSorted((a, b) => a.question - b.question)) {
    const query = questions[question - 1];
    if (query === undefined) continue;
    const { turn, eventId, sessionId } = query;
    byTurn.set(turn, [...(byTurn.get(turn) ?? []), { eventId, sessionId, seq }]);
  }
  return [...byTurn].map(([turn, events]) => ({ turn, events }));
}
