/**
 * DeliveryReceipts mark in the journal how far a channel reports a session's messages as delivered
 * or read.
 */
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Delivery, JournalEntry, SessionRow } from '#storage/port.ts';
import type { MarkedEntries } from '../contract/api.ts';
import type { Settings } from '../contract/options.ts';
import type { LiveStreams } from '../live/live-streams.ts';
import type { CommitQueue } from './commit-queue.ts';

export interface DeliveryReceiptsOptions extends Pick<Settings, 'store'> {
  readonly commits: CommitQueue;
  readonly live: LiveStreams;
  /** Throws `StatechatError` code `not_found`. */
  readonly session: (id: SessionId) => Promise<SessionRow>;
}

/** A receipt marks at most this many of the entries before it. */
const MARK_WINDOW = 200;
/** How often another commit may come first before the caller is rejected. */
const ATTEMPTS = 5;
const RANK = { pending: 0, sent: 1, delivered: 2, read: 3, failed: 4 } as const;

export class DeliveryReceipts {
  readonly #options: DeliveryReceiptsOptions;

  constructor(options: DeliveryReceiptsOptions) {
    this.#options = options;
  }

  async mark(address: Address, upTo: MarkedEntries, delivery: Delivery): Promise<void> {
    const { store, commits, live, session } = this.#options;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const row = await session(upTo.sessionId);
      if (row.address !== address && (await store.load({ address }))?.address !== row.address)
        throw new InvalidInput('that session is not at this address');
      const count = upTo.only === true ? 1 : MARK_WINDOW;
      const entries = await store.journal(row.id, Math.max(0, upTo.seq - count), count);
      const deliveries = entries.filter((entry) => entry.seq <= upTo.seq && isAhead(delivery, entry)).map(({ seq }) => ({ seq, delivery }));
      if (deliveries.length === 0) return;
      const commit = { session: row, expectedVersion: row.version, journal: [], work: [], settled: [], deliveries, lineage: [] };
      if ((await commits.commit(commit)).ok) {
        for (const { seq } of deliveries) live.publish(address, row.id, { type: 'delivery', seq, delivery });
        return;
      }
    }
    throw new StatechatError('busy', 'the session changed too fast to mark its messages: try again', { retryable: true });
  }
}

/** A mark only moves forward, and never out of failure. */
function isAhead(delivery: Delivery, { delivery: current }: JournalEntry): boolean {
  return current !== null && current.status !== 'failed' && RANK[delivery.status] > RANK[current.status];
}
