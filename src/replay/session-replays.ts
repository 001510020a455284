/**
 * Moments of stored sessions. A journal is played page by page, and the checkpoint at the end of
 * each page is kept, so that a later moment needs one page.
 *
 * Owns reading the journal, and the checkpoints. Does not own where entries are played.
 */
import { LRUCache } from 'lru-cache';
import type { Moment } from '#actors/session/moment.ts';
import type { Checkpoint } from '#actors/session/replay.ts';
import { StatechatError } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import type { JournalEntry, SessionRow, Store } from '#storage/port.ts';
import type { ReplayEngine } from './replay-engine.ts';

export interface SessionReplaysOptions {
  readonly store: Pick<Store, 'journal'>;
  readonly engine: ReplayEngine;
  /** Of all checkpoints together, in characters. Default 64 million. */
  readonly mostCharacters?: number;
  /** How long a checkpoint is kept, in milliseconds. Default 10 minutes. */
  readonly keepMs?: number;
}

/**
 * Entries of a page. A moment is played from one, so more make each moment slower, and fewer make
 * the first one of a long session slower.
 */
export const PAGE = 250;

type Session = Pick<SessionRow, 'id' | 'assistant'>;

export class SessionReplays {
  readonly #store: SessionReplaysOptions['store'];
  readonly #engine: ReplayEngine;
  readonly #checkpoints: LRUCache<string, Checkpoint>;
  /** By session, so that many readers of one play it once. */
  readonly #reaching = new Map<SessionId, Promise<unknown>>();

  constructor({ store, engine, mostCharacters = 64_000_000, keepMs = 600_000 }: SessionReplaysOptions) {
    this.#store = store;
    this.#engine = engine;
    this.#checkpoints = new LRUCache({
      maxSize: mostCharacters,
      sizeCalculation: (checkpoint) => JSON.stringify(checkpoint).length,
      ttl: keepMs,
    });
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  /** Checkpoints that are kept. */
  get size(): number {
    return this.#checkpoints.size;
  }

  /**
   * The session after the entry `seq`. Throws `StatechatError` code `unreplayable`, also if there
   * is no such entry.
   */
  async momentAt(session: Session, seq: number): Promise<Moment> {
    const { from, entries } = await this.#until(session, seq);
    return this.#engine.moment({ assistant: session.assistant, entries, ...(from === undefined ? {} : { from }) });
  }

  /** Where a fork of the session begins. Throws the same. */
  async checkpointAt(session: Session, seq: number): Promise<{ readonly checkpoint: Checkpoint; readonly at: number }> {
    const { from, entries } = await this.#until(session, seq);
    const checkpoint = await this.#engine.checkpoint({
      assistant: session.assistant,
      entries,
      ...(from === undefined ? {} : { from }),
    });
    return { checkpoint, at: entries.at(-1)?.at ?? 0 };
  }

  async #until(
    session: Session,
    seq: number,
  ): Promise<{ readonly from: Checkpoint | undefined; readonly entries: readonly JournalEntry[] }> {
    const page = Math.floor((seq - 1) / PAGE);
    const from = await this.#checkpointAfter(session, page);
    const entries = (await this.#store.journal(session.id, page * PAGE, PAGE)).filter((entry) => entry.seq <= seq);
    if (entries.at(-1)?.seq !== seq) throw new StatechatError('unreplayable', `The session has no entry ${seq}.`);
    return { from, entries };
  }

  /**
   * The checkpoint after so many whole pages. One reader at a time plays the pages of a session.
   */
  async #checkpointAfter(session: Session, pages: number): Promise<Checkpoint | undefined> {
    if (pages === 0) return undefined;
    const known = this.#checkpoints.get(keyOf(session, pages));
    if (known !== undefined) return known;
    const before = this.#reaching.get(session.id) ?? Promise.resolve();
    const reached = before.catch(() => undefined).then(() => this.#reach(session, pages));
    this.#reaching.set(session.id, reached);
    try {
      return await reached;
    } finally {
      if (this.#reaching.get(session.id) === reached) this.#reaching.delete(session.id);
    }
  }

  async #reach(session: Session, pages: number): Promise<Checkpoint | undefined> {
    let page = pages;
    while (page > 0 && !this.#checkpoints.has(keyOf(session, page))) page -= 1;
    let from = page === 0 ? undefined : this.#checkpoints.get(keyOf(session, page));
    for (; page < pages; page += 1) {
      const entries = await this.#store.journal(session.id, page * PAGE, PAGE);
      from = await this.#engine.checkpoint({ assistant: session.assistant, entries, ...(from === undefined ? {} : { from }) });
      this.#checkpoints.set(keyOf(session, page + 1), from);
    }
    return from;
  }
}

function keyOf({ id }: Session, pages: number): string {
  return `${id} ${pages}`;
}
