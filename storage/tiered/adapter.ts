/**
 * Durable store with hot copies in Redis. The row of each open session is under
 * `session:{address}`, written after its commit, with a time to live, so that any instance can take
 * a session up without reading the durable store.
 *
 * Owns when a copy is written, read and dropped. Does not own any decision, which is the durable
 * store's.
 *
 * Invariants
 * 1. Redis decides nothing. A copy is read only by a caller that accepts one that is behind
 *    (`stale`). A turn that is played on an old copy loses its compare-and-set, and the mailbox
 *    then bypasses the copy.
 * 2. A copy is of an open session, so of the latest at its address. A turn that closes drops it.
 *    Writes of two instances may cross, and one may be lost. The copy is then behind until the next
 *    turn, a conflict, or its expiry.
 * 3. No caller waits for a copy to be written, nor longer than a few milliseconds for one to be
 *    read. After that the durable store is read instead, and in parallel while there are few loads.
 *    Once Redis has overrun its budget it is skipped until a probe finds that it answers
 *    (breaker.ts). Without Redis everything works, and costs a read of the durable store.
 */
import type { Address } from '#machines/ids.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import type { CommitResult, SessionRow, TurnCommit } from '#storage/port.ts';
import type { BudgetedRedis } from '#storage/redis/budgeted.ts';
import { decodeHot, encodeHot } from '#storage/redis/hot-copy.ts';
import { hotKey } from '#storage/redis/keys.ts';

/**
 * Outcome of one use of a hot copy. `skipped` means that Redis was known to be away, `failed` that
 * it did not answer within the budget.
 */
export type HotOutcome = 'hit' | 'miss' | 'skipped' | 'failed' | 'unreadable' | 'written';

export interface TieredOptions {
  readonly durable: StoreLifecycle;
  /** Its owner closes it. */
  readonly redis: BudgetedRedis;
  /**
   * Lifetime of a copy after its session's last turn, in milliseconds. Default an hour. For a
   * customer that writes less often, a turn takes a millisecond longer.
   */
  readonly ttlMs?: number;
  /**
   * Loads under way up to which the durable store is read beside Redis. The first answer counts.
   * Default 4.
   */
  readonly besideUpTo?: number;
  /**
   * How long a load waits for a copy before it reads the durable store, in milliseconds. Default 5,
   * while Redis answers within one.
   */
  readonly patienceMs?: number;
  /** For metrics. */
  readonly onOutcome?: (outcome: HotOutcome) => void;
}

/**
 * Few loads leave time for both, so a new session costs one wait instead of two. More would cost
 * the durable store what the copies are meant to save.
 */
const FEW_LOADS = 4;

export function createTieredStore(options: TieredOptions): StoreLifecycle {
  const { durable, redis, ttlMs = 3_600_000, besideUpTo = FEW_LOADS, patienceMs = 5, onOutcome = () => {} } = options;
  const { store } = durable;
  let loads = 0;

  async function ask<T>(use: Parameters<typeof redis.ask<T>>[0]): Promise<T | undefined> {
    if (redis.skipped) {
      onOutcome('skipped');
      return undefined;
    }
    const answer = await redis.ask(use);
    if (answer === undefined) onOutcome('failed');
    return answer;
  }

  /** Null if there is none. Undefined if there is no usable one, or Redis cannot be read. */
  async function read(address: Address): Promise<SessionRow | null | undefined> {
    const bytes = await ask(({ callBytes }) => callBytes('get', hotKey(address)));
    if (bytes === null) onOutcome('miss');
    if (!Buffer.isBuffer(bytes)) return bytes === null ? null : undefined;
    try {
      const row = decodeHot(bytes);
      onOutcome('hit');
      return row.address === address ? row : undefined;
    } catch {
      onOutcome('unreadable');
      return undefined;
    }
  }

  async function write(row: SessionRow, snapshotText?: string, ...condition: readonly 'nx'[]): Promise<void> {
    const written = await ask(({ call }) => call('set', hotKey(row.address), encodeHot(row, snapshotText), 'px', ttlMs, ...condition));
    if (written !== undefined) onOutcome('written');
  }

  async function drop(address: Address): Promise<void> {
    await ask(({ call }) => call('unlink', hotKey(address)));
  }

  /** Sent without waiting. Commands on one connection go out together and in order. */
  function follow({ session, snapshotText, movedFrom }: TurnCommit, result: CommitResult | undefined): void {
    if (movedFrom !== undefined) void drop(movedFrom);
    if (result?.ok === true && session.open) void write(session, snapshotText);
    else if (result?.ok === true || result?.reason === 'conflict') void drop(session.address);
  }

  return {
    store: {
      ...store,

      async load(key, how) {
        if (!('address' in key) || how?.stale !== true) return store.load(key);
        loads++;
        try {
          const beside = loads <= besideUpTo ? store.load(key) : undefined;
          const copy = await Promise.race([within(patienceMs, read(key.address)), ...(beside ? [settled(beside)] : [])]);
          if (copy) return copy;
          const row = await (beside ?? store.load(key));
          // Written if there was none, and not over a newer one that another instance committed
          // meanwhile. A slow Redis has enough to do.
          if (copy === null && row?.open === true) void write(row, undefined, 'nx');
          return row;
        } finally {
          loads--;
        }
      },

      async commit(turns, owner, leaseUntil) {
        // Made once, for the durable store and for the copy.
        const texts = turns.map((turn) => ({ ...turn, snapshotText: turn.snapshotText ?? JSON.stringify(turn.session.snapshot) }));
        const results = await store.commit(texts, owner, leaseUntil);
        // In the next round of the event loop, so that the caller of the commit has its answer
        // before its copies are compressed.
        setImmediate(() => {
          for (const [index, turn] of texts.entries()) follow(turn, results[index]);
        });
        return results;
      },
    },
    // Only open sessions have copies, and none of these are.
    archive: durable.archive,
    ledger: durable.ledger,
    approvals: durable.approvals,
    files: durable.files,
    addresses: durable.addresses,
    agents: durable.agents,
    signIns: durable.signIns,
    auditTrail: durable.auditTrail,
    handoff: durable.handoff,
    library: durable.library,
    mentions: durable.mentions,
    blobs: durable.blobs,
    uploads: durable.uploads,
    search: durable.search,
    stateCounts: durable.stateCounts,
    expiringRecords: durable.expiringRecords,
    rollups: durable.rollups,
    apiTokens: durable.apiTokens,
    webhooks: durable.webhooks,
    ping: () => durable.ping(),
    close: () => durable.close(),
  };
}

/** Resolves when the promise has settled, either way. */
function settled(promise: Promise<unknown>): Promise<undefined> {
  return promise.then(
    () => undefined,
    () => undefined,
  );
}

/** What it resolves to, or undefined if that takes longer. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    // An answer that lies in the socket while this process was busy is taken first.
    timer = setTimeout(() => setImmediate(() => resolve(undefined)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
