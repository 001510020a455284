/**
 * The commit. It stores many turns of different sessions, each all or nothing, with one script call
 * for those of a slot.
 *
 * Owns: the layout of a batch for scripts/commit.lua, and the meaning of its answers.
 *
 * Invariants
 * 1. Redis runs one script at a time, and everything that a turn reads or writes is in its
 *    address's partition, so in one slot. Compare-and-set, one open session per address, one
 *    follower per session, event ids, journal, work, and the indexes of due times, free work and
 *    listings are decided and written together. No index can lag behind its data.
 * 2. A turn's checks all come before its first write, and a write fails only if the script may not
 *    begin at all (no memory, a replica, a full disk). A call that fails otherwise is
 *    `Unavailable`, its outcome is unknown, and it is played again.
 * 3. `where:{id}` → address is written before its session and never changed, so an existing session
 *    is found by its id. One that points nowhere, because its opening lost, costs a hundred bytes
 *    for an hour.
 * 4. Nothing expires by itself. Closed sessions are in an index by time, from which a retention
 *    deletes (archive.ts).
 */
import { StatechatError } from '#machines/errors.ts';
import { checkBatch } from '#storage/batch.ts';
import type { CommitResult, TakenEvent, TurnCommit, WorkItem } from '#storage/port.ts';
import type { Argument, Connection } from '#storage/redis/connection.ts';
import { decodeResults, encodeDocument, encodeEntry, encodeFixed, encodeMark, encodeWork } from '#storage/redis/decode.ts';
import { addressKeys, listingMember, partitionKeys, partitionOf, sessionKeys, workKey } from '#storage/redis/keys.ts';
import { calls } from '#storage/redis/partitioned.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import type { Whereabouts } from '#storage/redis/whereabouts.ts';

/** How long the address of a session whose opening lost is kept, in milliseconds. */
const LOST_OPENING_MS = 60 * 60 * 1_000;

const CONFLICT: CommitResult = { ok: false, reason: 'conflict' };

export async function commitTurns(
  connection: Connection,
  whereabouts: Whereabouts,
  turns: readonly TurnCommit[],
  owner: string,
  leaseUntil: number,
): Promise<readonly CommitResult[]> {
  checkBatch(turns);
  for (const turn of turns) checkLanes(turn);
  const results = new Map<string, CommitResult>();
  const openings = turns.filter(({ expectedVersion }) => expectedVersion === 0);
  await Promise.all(
    openings.map(async ({ session }) => {
      if (!(await whereabouts.reserve(session.id, session.address))) results.set(session.id, CONFLICT);
    }),
  );
  const decided = turns.filter(({ session }) => !results.has(session.id));
  await Promise.all(
    calls(connection, decided, ({ session }) => partitionOf(session.address)).map(async (group) => {
      const layout = new Layout([group.length, JSON.stringify(owner), leaseUntil]);
      for (const turn of group) layout.turn(turn);
      const answers = decodeResults(await connection.run(SCRIPTS.commit, layout.keys, layout.args));
      group.forEach((turn, index) => {
        results.set(turn.session.id, resultOf(turn, answers[index] ?? []));
      });
    }),
  );
  for (const { session, expectedVersion } of decided) {
    const won = results.get(session.id)?.ok === true;
    if (won) whereabouts.learn(session.id, session.address);
    else if (expectedVersion === 0) whereabouts.expire(session.id, LOST_OPENING_MS);
  }
  return turns.map(({ session }) => results.get(session.id) ?? CONFLICT);
}

/**
 * A lane is kept with its address. One of another address could not be written in the same step.
 */
function checkLanes({ session, work }: TurnCommit): void {
  const other = work.find(({ lane }) => lane !== null && lane !== session.address);
  if (other === undefined) return;
  throw new StatechatError('defect', `Session ${session.id}: lane "${other.lane}" must be the session's address, or null.`, {
    expose: false,
  });
}

function resultOf({ session, journal, lineage }: TurnCommit, [outcome, ...found]: readonly number[]): CommitResult {
  if (outcome === 0) return { ok: true };
  if (outcome !== 2) return CONFLICT;
  const taken: TakenEvent[] = [];
  for (let index = 0; index < found.length; index += 3) {
    const [entry = 0, ancestor = 0, seq = 0] = found.slice(index, index + 3);
    const eventId = journal[entry - 1]?.eventId ?? '';
    taken.push({ eventId, sessionId: ancestor === 0 ? session.id : (lineage[ancestor - 1] ?? session.id), seq });
  }
  return { ok: false, reason: 'duplicate', taken };
}

/** Writes turns in the order in which scripts/commit.lua reads them. */
class Layout {
  readonly keys: string[] = [];
  readonly args: Argument[];

  constructor(head: readonly Argument[]) {
    this.args = [...head];
  }

  turn({ session, expectedVersion, journal, work, settled, deliveries, lineage }: TurnCommit): void {
    const { address, id, previousId } = session;
    const { row, journal: journalKey, marks, events } = sessionKeys(address, id);
    const { chain, lane } = addressKeys(address);
    const { due, free, all, open, closed, held } = partitionKeys(partitionOf(address));
    this.keys.push(row, chain, lane, journalKey, marks, events, due, free, all, open, closed, held);
    this.args.push(
      expectedVersion,
      session.version,
      session.open ? 1 : 0,
      session.wakeAt ?? '',
      previousId === null ? '' : sessionKeys(address, previousId).row,
      listingMember(row),
      encodeFixed(session),
      encodeDocument(session),
      session.state,
      session.handler,
      session.assistant,
      session.closedAt ?? '',
    );
    this.#many(lineage, (ancestor) => this.keys.push(sessionKeys(address, ancestor).events));
    this.#many(journal, (entry) =>
      this.args.push(encodeEntry(entry), entry.eventId === null ? '' : JSON.stringify(entry.eventId), ...encodeMark(entry.delivery)),
    );
    this.#many(settled, (serial) => this.keys.push(workKey(address, id, serial)));
    this.#many(deliveries, ({ seq, delivery }) => this.args.push(seq, ...encodeMark(delivery)));
    this.#many(work, (item) => this.#item(item, workKey(address, id, item.serial)));
  }

  #item(item: WorkItem, key: string): void {
    this.keys.push(key);
    this.args.push(item.lane === null ? 0 : 1, encodeWork(item), item.attempts, item.notBefore, JSON.stringify(item.progress));
  }

  #many<T>(items: readonly T[], write: (item: T) => void): void {
    this.args.push(items.length);
    for (const item of items) write(item);
  }
}
