/**
 * RollUp counts what was committed. It reads the marks that turns leave, counts the new entries of
 * their sessions, and applies the counts together with how far it has counted.
 *
 * Owns the batches, their pace, and the sessions from before there were roll-ups. Does not own what
 * an entry counts for (entry-counter.ts), or how a batch is stored (storage/rollups.ts).
 *
 * Invariants
 * 1. One instance counts at a time, under a leader lease. If two do nevertheless, the store takes
 *    the batch of one, and the other begins anew.
 * 2. What is committed is counted within two seconds, while there is time. A step is followed by a
 *    pause as long as it took, so that turns have at least half of the processor.
 */
import { pause } from '#actors/contract/waiting.ts';
import type { LeaderLease } from '#channels/plugin.ts';
import type { Clock } from '#machines/clock.ts';
import type { SessionId } from '#machines/ids.ts';
import { BUCKET_MS, type RolledSession, type RollupCount, type RollupSource, type Rollups } from '#storage/rollups.ts';
import type { CustomerKey } from '../operations/customer-key.ts';
import { dayOf, withDays } from './active-customers.ts';
import { type Counted, EntryCounter, type InTime } from './entry-counter.ts';
import { type CountedSession, countedSession } from './session-facts.ts';

export interface RollUpOptions {
  readonly rollups: Rollups;
  readonly inTime: InTime;
  readonly customerKey: CustomerKey;
  readonly clock: Clock;
  readonly lease: LeaderLease;
  readonly onError: (error: unknown) => void;
  /** Sessions of a batch. More makes fewer statements, and needs more memory. Default 200. */
  readonly batch?: number;
}

/** Pause when nothing is left to do, in milliseconds. */
const POLL_MS = 2_000;
const BATCH = 200;
/** An hour that ended so long ago hardly gets new entries, in milliseconds. */
const SETTLED_MS = 600_000;
/** Entries of one session that one statement reads. */
const ENTRIES = 200;

interface Counting {
  readonly source: RollupSource;
  readonly session: CountedSession;
  readonly counter: EntryCounter;
  /** Days on which its customer wrote. */
  readonly days: Set<number>;
  seq: number;
  lastAt: number;
}

export class RollUp {
  readonly #options: RollUpOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: RollUpOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#options.lease((signal) => this.#run(signal), this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /**
   * Counts a batch and adds up an hour or a day, so that neither waits for all that is left of the
   * other. False if there was nothing to do, or another instance did it.
   */
  async step(): Promise<boolean> {
    const counted = await this.count();
    return (await this.condense()) || counted;
  }

  /** Counts a batch. False if there was nothing to count, or another instance counted it. */
  async count(): Promise<boolean> {
    const { rollups, batch: size = BATCH } = this.#options;
    const { position, backTo, complete } = await rollups.rollupProgress();
    const marks = await rollups.rollupMarks(size);
    const room = size - marks.length;
    const history = complete || room === 0 ? [] : await rollups.rollupHistory(room, backTo);
    const isComplete = complete || (room > 0 && history.length === 0);
    if (marks.length === 0 && history.length === 0 && isComplete === complete) return false;
    const counted: Counted = { counts: [], labels: [] };
    const countings = await this.#countSessions([...new Set([...marks.map(({ sessionId }) => sessionId), ...history])], counted);
    const customers = await this.#customers(countings, counted.counts);
    const sessions = countings.map(rolledOf);
    const done = { marks, backTo: history.at(-1) ?? backTo, complete: isComplete };
    return rollups.applyRollup({ position, sessions, ...counted, customers, ...done });
  }

  /**
   * Adds up an hour or a day that is over, so that long ranges are read in little time. False if
   * there was none, or another instance did it.
   */
  async condense(): Promise<boolean> {
    const { rollups, clock } = this.#options;
    return rollups.condenseRollups(Math.floor((clock.now() - SETTLED_MS) / BUCKET_MS));
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, onError } = this.#options;
    while (!signal.aborted) {
      const began = performance.now();
      const worked = await this.step().catch(onError);
      await pause(clock, worked === true ? performance.now() - began : POLL_MS, signal);
    }
  }

  async #countSessions(ids: readonly SessionId[], counted: Counted): Promise<readonly Counting[]> {
    const { rollups, inTime } = this.#options;
    const countings = (await rollups.rollupSources(ids)).map((source): Counting => {
      const session = countedSession(source);
      const days = new Set<number>();
      const counter = new EntryCounter(session, counted, { inTime, onActive: (at) => days.add(dayOf(at)) });
      const { seq = 0, lastAt = source.openedAt } = source.rolled ?? {};
      return { source, session, counter, days, seq, lastAt };
    });
    const byId = new Map(countings.map((one) => [one.source.sessionId, one]));
    for (let open = countings; open.length > 0; ) {
      const places = open.map(({ source: { sessionId }, seq: after }) => ({ sessionId, after }));
      const read = new Map<Counting, number>();
      for (const entry of await rollups.rollupEntries(places, ENTRIES)) {
        const counting = byId.get(entry.sessionId);
        if (counting === undefined) continue;
        counting.counter.entry(entry);
        counting.seq = entry.seq;
        counting.lastAt = Math.max(counting.lastAt, entry.at);
        read.set(counting, (read.get(counting) ?? 0) + 1);
      }
      open = open.filter((counting) => (read.get(counting) ?? 0) >= ENTRIES);
    }
    for (const { counter } of countings) counter.end();
    return countings.filter(({ seq, source }) => seq > (source.rolled?.seq ?? 0));
  }

  async #customers(countings: readonly Counting[], counts: RollupCount[]) {
    const { rollups, customerKey } = this.#options;
    const active = new Map<string, { readonly session: CountedSession; readonly days: Set<number> }>();
    for (const { source, session, days } of countings) {
      if (days.size === 0) continue;
      const key = customerKey(source);
      const known = active.get(key);
      active.set(key, { session, days: new Set([...(known?.days ?? []), ...days]) });
    }
    const before = new Map((await rollups.rolledCustomers([...active.keys()])).map((one) => [one.key, one]));
    return [...active].flatMap(([key, { session, days }]) => {
      const activity = withDays(before.get(key) ?? { key, days: [] }, days, session);
      if (activity === undefined) return [];
      counts.push(...activity.counts);
      return [activity.customer];
    });
  }
}

function rolledOf({ source, session, seq, lastAt }: Counting): RolledSession {
  const { sessionId, openedAt } = source;
  const { assistant, channel, facts } = session;
  const { queue, agent } = facts;
  return { sessionId, seq, openedAt, lastAt, assistant, channel, queue, agent, facts: JSON.parse(JSON.stringify(facts)) };
}
