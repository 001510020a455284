/**
 * The commit. It stores many turns of different sessions, each all or nothing, with one script call
 * for those of a slot.
 *
 * Owns the layout of a batch for scripts/commit.lua, and the meaning of its answers.
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
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import { checkBatch } from '#storage/batch.ts';
import type { CommitResult, Store, TakenEvent, TurnCommit, WorkItem } from '#storage/port.ts';
import type { Argument, Connection } from '#storage/redis/connection.ts';
import { decodeResults, encodeDocument, encodeEntry, encodeFixed, encodeMark, encodeWork } from '#storage/redis/decode.ts';
import type { Homes } from '#storage/redis/homes.ts';
import { addressKeys, encodeWhere, homeKey, listingMember, partitionKeys, sessionKeys, workKey } from '#storage/redis/keys.ts';
import { calls } from '#storage/redis/partitioned.ts';
import { partitionOf } from '#storage/redis/partitions.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import { countedAs } from '#storage/redis/state-counts.ts';
import type { Whereabouts } from '#storage/redis/whereabouts.ts';

/** How long the address of a session whose opening lost is kept, in milliseconds. */
const LOST_OPENING_MS = 60 * 60 * 1_000;

const CONFLICT: CommitResult = { ok: false, reason: 'conflict' };

interface Located {
  readonly turn: TurnCommit;
  /** The address that the session's keys name. */
  readonly home: Address;
  /** Where earlier sessions of the lineage are. */
  readonly ancestors: readonly Address[];
}

export function commitOf(connection: Connection, whereabouts: Whereabouts, homes: Homes): Pick<Store, 'commit'> {
  async function locate(turn: TurnCommit): Promise<Located | undefined> {
    const { session, expectedVersion, lineage } = turn;
    if (expectedVersion === 0 && !(await whereabouts.reserve(session.id, session.address))) return undefined;
    const [home = session.address, ...ancestors] = await Promise.all([
      expectedVersion === 0 ? session.address : whereabouts.find(session.id),
      ...lineage.map((id) => whereabouts.find(id)),
    ]);
    return { turn, home, ancestors: ancestors.map((ancestor) => ancestor ?? home) };
  }

  /**
   * An event that a session of another home took. In a cluster that is another slot. It is closed,
   * so what it took does not change.
   */
  async function takenElsewhere({ turn: { journal, lineage }, home, ancestors }: Located): Promise<TakenEvent[]> {
    const elsewhere = lineage.flatMap((id, index) => {
      const at = ancestors[index] ?? home;
      return at === home ? [] : [{ id, events: sessionKeys(at, id).events }];
    });
    const lookups = journal.flatMap(({ eventId }) => (eventId === null ? [] : elsewhere.map((place) => ({ ...place, eventId }))));
    const seqs = await Promise.all(lookups.map(({ events, eventId }) => connection.call('hget', events, JSON.stringify(eventId))));
    return lookups.flatMap(({ id, eventId }, index) =>
      seqs[index] === null ? [] : [{ eventId, sessionId: id, seq: Number(seqs[index]) }],
    );
  }

  /**
   * Outcomes of the turns of a partition, in their order. `leads` means that the address has
   * another home.
   */
  async function run(group: readonly Located[], owner: string, leaseUntil: number): Promise<(CommitResult | 'leads')[]> {
    const layout = new Layout([group.length, JSON.stringify(owner), leaseUntil]);
    for (const located of group) layout.turn(located);
    const answers = decodeResults(await connection.run(SCRIPTS.commit, layout.keys, layout.args));
    return group.map(({ turn }, index) => resultOf(turn, answers[index] ?? []));
  }

  async function redirected(located: Located, owner: string, leaseUntil: number): Promise<CommitResult> {
    const { id, address } = located.turn.session;
    const home = await homes.find(address);
    if (home === address) return CONFLICT;
    await whereabouts.redirect(id, home);
    const [result] = await run([{ ...located, home }], owner, leaseUntil);
    if (result === undefined || result === 'leads') return CONFLICT;
    if (result.ok) whereabouts.learn(id, home);
    return result;
  }

  /** The steps of homes.ts. */
  async function move(located: Located, from: Address, owner: string, leaseUntil: number): Promise<CommitResult> {
    const { turn, home } = located;
    const to = turn.session.address;
    const current = await homes.current(home);
    if (current === to) return takeAlong(located, from, owner, leaseUntil);
    if (current !== from || !(await homes.join(to, home))) return CONFLICT;
    const [result] = await run([located], owner, leaseUntil);
    if (result === undefined || result === 'leads') return CONFLICT;
    if (result.ok) await homes.readdress(home, to);
    return result;
  }

  /**
   * The session is at the new address already. What is left at the old one joins it. A repeated
   * move finds its turn stored and does the rest.
   */
  async function takeAlong(located: Located, from: Address, owner: string, leaseUntil: number): Promise<CommitResult> {
    const { turn, home } = located;
    const left = await homes.find(from);
    if (left !== home && (await homes.isOpen(left)) && (await homes.current(left)) === from) return CONFLICT;
    const [result] = await run([{ ...located, turn: withoutMove(turn) }], owner, leaseUntil);
    if (result === undefined || result === 'leads') return CONFLICT;
    if (!result.ok && result.reason !== 'duplicate') return result;
    if (!(await homes.join(from, home)))
      throw new Unavailable(`A session was opened at ${from} while it moved to ${turn.session.address}: it is tried again.`);
    await homes.readdress(home, turn.session.address);
    return result;
  }

  return {
    async commit(turns, owner, leaseUntil) {
      checkBatch(turns);
      for (const turn of turns) checkLanes(turn);
      const results = new Map<TurnCommit, CommitResult>();
      const located = (await Promise.all(turns.map(locate))).flatMap((one) => one ?? []);
      const undecided = await Promise.all(
        located.map(async (one) => {
          const taken = await takenElsewhere(one);
          if (taken.length > 0) results.set(one.turn, { ok: false, reason: 'duplicate', taken });
          return taken.length > 0 ? undefined : one;
        }),
      );
      const decided = undecided.flatMap((one) => one ?? []);
      const staying = decided.filter(({ turn }) => turn.movedFrom === undefined);
      const leading: Located[] = [];
      await Promise.all(
        calls(connection, staying, ({ home }) => partitionOf(home)).map(async (group) => {
          for (const [index, result] of (await run(group, owner, leaseUntil)).entries()) {
            const one = group[index];
            if (one === undefined) continue;
            if (result === 'leads') leading.push(one);
            else results.set(one.turn, result);
          }
        }),
      );
      for (const one of leading) results.set(one.turn, await redirected(one, owner, leaseUntil));
      for (const one of decided)
        if (one.turn.movedFrom !== undefined) results.set(one.turn, await move(one, one.turn.movedFrom, owner, leaseUntil));
      for (const { turn, home } of decided) {
        const { session, expectedVersion } = turn;
        const won = results.get(turn)?.ok === true;
        if (won && !leading.some((one) => one.turn === turn)) whereabouts.learn(session.id, home);
        else if (!won && expectedVersion === 0) whereabouts.expire(session.id, LOST_OPENING_MS);
      }
      return turns.map((turn) => results.get(turn) ?? CONFLICT);
    },
  };
}

function withoutMove({ movedFrom: _, ...turn }: TurnCommit): TurnCommit {
  return turn;
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

function resultOf({ session, journal, lineage }: TurnCommit, [outcome, ...found]: readonly number[]): CommitResult | 'leads' {
  if (outcome === 0) return { ok: true };
  if (outcome === 3) return 'leads';
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

  turn({ turn, home }: Located): void {
    const { session, expectedVersion, movedFrom, journal, work, settled, deliveries, lineage } = turn;
    const { id, previousId } = session;
    const { row, journal: journalKey, marks, events } = sessionKeys(home, id);
    const { chain, lane } = addressKeys(home);
    const { due, free, all, open, closed, held, counts, marks: news } = partitionKeys(partitionOf(home));
    this.keys.push(row, chain, lane, journalKey, marks, events, due, free, all, open, closed, held, homeKey(home), counts, news);
    this.args.push(
      expectedVersion,
      session.version,
      session.open ? 1 : 0,
      session.wakeAt ?? '',
      previousId === null ? '' : sessionKeys(home, previousId).row,
      listingMember(row),
      encodeFixed(session),
      encodeDocument(session),
      session.state,
      session.handler,
      session.assistant,
      session.closedAt ?? '',
      encodeWhere(home),
      encodeWhere(session.address),
      movedFrom === undefined ? '' : encodeWhere(movedFrom),
      countedAs(session),
    );
    // Ancestors of other homes were queried before. Here each only keeps its place, with an empty
    // key.
    this.#many(lineage, (ancestor) => this.keys.push(sessionKeys(home, ancestor).events));
    this.#many(journal, (entry) =>
      this.args.push(encodeEntry(entry), entry.eventId === null ? '' : JSON.stringify(entry.eventId), ...encodeMark(entry.delivery)),
    );
    this.#many(settled, (serial) => this.keys.push(workKey(home, id, serial)));
    this.#many(deliveries, ({ seq, delivery }) => this.args.push(seq, ...encodeMark(delivery)));
    this.#many(work, (item) => this.#item(item, workKey(home, id, item.serial)));
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
