/**
 * DeliveryReceipts mark in the journal how far a channel reports a session's messages as delivered
 * or read.
 *
 * Most webhooks of a messenger report one message. Those that come together share one statement,
 * and neither load the session nor change its row.
 */
import DataLoader from 'dataloader';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import { advance } from '#storage/delivery.ts';
import type { Delivery, JournalEntry, MovedMark, SessionRow, WorkOutcome } from '#storage/port.ts';
import type { MarkedEntries, ReportedMessage } from '../contract/api.ts';
import type { Settings } from '../contract/options.ts';
import type { LiveStreams } from '../live/live-streams.ts';
import type { CommitQueue } from './commit-queue.ts';

export interface DeliveryReceiptsOptions extends Pick<Settings, 'store' | 'owner'> {
  readonly commits: CommitQueue;
  readonly live: LiveStreams;
  /** Throws `StatechatError` code `not_found`. */
  readonly session: (id: SessionId) => Promise<SessionRow>;
}

/** A receipt marks at most this many of the entries before it. */
const MARK_WINDOW = 200;
/** How often another commit may come first before the caller is rejected. */
const ATTEMPTS = 5;
/** Reports in one statement. */
const MAX_BATCH = 500;
const RANK = { pending: 0, sent: 1, delivered: 2, read: 3, failed: 4 } as const;

type Report = WorkOutcome & { readonly status: 'reported' };

export class DeliveryReceipts {
  readonly #options: DeliveryReceiptsOptions;
  /** The reports of one round of the event loop. */
  readonly #reports: DataLoader<Report, undefined>;

  constructor(options: DeliveryReceiptsOptions) {
    this.#options = options;
    this.#reports = new DataLoader((reports) => this.#store(reports), { cache: false, maxBatchSize: MAX_BATCH });
  }

  /** See `Actors.report`. */
  async report(message: ReportedMessage, delivery: Delivery): Promise<void> {
    await this.#reports.load({ ...message, status: 'reported', delivery });
  }

  async #store(reports: readonly Report[]): Promise<undefined[]> {
    const { store, owner, live } = this.#options;
    const furthest = new Map<string, Report>();
    for (const report of reports) {
      const { delivery = null } = furthest.get(entryOf(report)) ?? {};
      furthest.set(entryOf(report), { ...report, delivery: advance(delivery, report.delivery) });
    }
    const { moved } = await store.finishWork(owner, [...furthest.values()]);
    for (const mark of moved) {
      const { delivery } = furthest.get(entryOf(mark)) ?? {};
      if (delivery !== undefined) live.publish(mark.address, mark.sessionId, { type: 'delivery', seq: mark.seq, delivery });
    }
    return reports.map(() => undefined);
  }

  /** See `Actors.mark`. */
  async mark(address: Address, upTo: MarkedEntries, delivery: Delivery): Promise<void> {
    const { store, commits, live, session } = this.#options;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const row = await session(upTo.sessionId);
      if (row.address !== address && (await store.load({ address }))?.address !== row.address)
        throw new InvalidInput('that session is not at this address');
      const entries = await store.journal(row.id, Math.max(0, upTo.seq - MARK_WINDOW), MARK_WINDOW);
      const deliveries = entries.filter((entry) => entry.seq <= upTo.seq && isAhead(delivery, entry)).map(({ seq }) => ({ seq, delivery }));
      if (deliveries.length === 0) return;
      const commit = { session: row, expectedVersion: row.version, journal: [], work: [], settled: [], deliveries, lineage: [] };
      if ((await commits.commit({ ...commit, steady: true })).ok) {
        for (const { seq } of deliveries) live.publish(address, row.id, { type: 'delivery', seq, delivery });
        return;
      }
    }
    throw new StatechatError('busy', 'the session changed too fast to mark its messages: try again', { retryable: true });
  }
}

function entryOf({ sessionId, seq }: Report | MovedMark): string {
  return `${sessionId}/${seq}`;
}

/** A mark only moves forward, and never out of failure. */
function isAhead(delivery: Delivery, { delivery: current }: JournalEntry): boolean {
  return current !== null && current.status !== 'failed' && RANK[delivery.status] > RANK[current.status];
}
