/**
 * The watchers of sessions on this instance, and which of them receives which turns and passing
 * events of all instances.
 *
 * Owns matching against filters, the latest facts of the sessions that had a turn lately.
 * Does not own what waits for a slow watcher (watcher-queue.ts), the way between instances
 * (session-relay.ts).
 *
 * Invariants
 * 1. A watcher gets `session` for each turn after which its filter matches, and `left` for the turn
 *    after which it does not match any more. Both are decided by the facts before and after the
 *    turn, so a watcher costs no memory for its sessions.
 * 2. Turns of one session may arrive in any order. Of an older turn the watcher receives only that
 *    the session left, if it did.
 * 3. Without a watcher here or elsewhere, a turn costs one check, and nothing is remembered.
 * 4. A passing event of a session whose facts are not known here waits until they are loaded. At
 *    most 200 sessions are loaded at once. Events of more are dropped.
 */
import { LRUCache } from 'lru-cache';
import type { SessionPreview } from '#machines/definition.ts';
import type { SessionId } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import { type Filtered, matchesFilter } from '#storage/session-filter.ts';
import { type PassingEvent, type SessionSummary, type SessionsListener, type SessionsTopic, summaryOf } from '../contract/live-events.ts';
import { WatcherQueue } from './watcher-queue.ts';

/** What a turn made of a session's facts. */
export interface SessionChange {
  readonly session: SessionSummary;
  /** The facts that were different before, or null if the turn opened the session. */
  readonly was: Partial<Filtered> | null;
}

/** Takes to other instances what happens here (session-relay.ts). */
export interface SessionsOutward {
  /** Sessions are watched elsewhere. */
  readonly wanted: boolean;
  /** With the text of answers. */
  readonly wantsDeltas: boolean;
  turn(change: SessionChange): void;
  passing(sessionId: SessionId, event: PassingEvent): void;
  /** Whether sessions are watched here, and with the text of answers. */
  watching(sessions: boolean, deltas: boolean): void;
}

export interface SessionTopicsOptions {
  readonly relay: SessionsOutward;
  readonly load: (id: SessionId) => Promise<SessionRow | undefined>;
  readonly preview: (row: SessionRow) => SessionPreview | null;
  readonly onError: (error: unknown) => void;
}

/**
 * Sessions whose facts are remembered. Most passing events belong to a session that had a turn
 * within seconds.
 */
const MAX_KNOWN = 5_000;
const MAX_LOADING = 200;
/** Passing events of one session that wait until its facts are loaded. */
const MAX_EARLY = 16;

interface Watcher {
  readonly topic: SessionsTopic;
  readonly queue: WatcherQueue;
}

export class SessionTopics {
  readonly #options: SessionTopicsOptions;
  readonly #watchers = new Set<Watcher>();
  readonly #known = new LRUCache<SessionId, SessionSummary>({ max: MAX_KNOWN });
  readonly #early = new Map<SessionId, PassingEvent[]>();

  constructor(options: SessionTopicsOptions) {
    this.#options = options;
  }

  /** True if there is a watcher, here or elsewhere. */
  get wanted(): boolean {
    return this.#watchers.size > 0 || this.#options.relay.wanted;
  }

  watch(topic: SessionsTopic, listener: SessionsListener): () => void {
    const watcher = { topic, queue: new WatcherQueue(listener, this.#options.onError) };
    this.#watchers.add(watcher);
    this.#announce();
    return () => {
      watcher.queue.stop();
      if (!this.#watchers.delete(watcher)) return;
      if (this.#watchers.size === 0) this.#known.clear();
      this.#announce();
    };
  }

  /** A turn of this instance was committed. */
  committed(before: SessionRow, after: SessionRow): void {
    if (!this.wanted) return;
    const change = { session: this.#summaryOf(after), was: before.version === 0 ? null : differences(before, after) };
    this.receive(change);
    this.#options.relay.turn(change);
  }

  /** Something passing happened on this instance. */
  passed(sessionId: SessionId, event: PassingEvent): void {
    const { relay } = this.#options;
    const here = event.type === 'delta' ? this.#wantsDeltas : this.#watchers.size > 0;
    if (here) this.receivePassing(sessionId, event);
    if (event.type === 'delta' ? relay.wantsDeltas : relay.wanted) relay.passing(sessionId, event);
  }

  /** A turn of any instance was committed. */
  receive({ session, was }: SessionChange): void {
    if (this.#watchers.size === 0) return;
    const known = this.#known.get(session.id);
    const late = known !== undefined && known.version >= session.version;
    if (!late) this.#known.set(session.id, session);
    for (const { topic, queue } of this.#watchers) {
      if (matchesFilter(late ? known : session, topic.filter)) {
        if (!late) queue.matches(session);
      } else if (matchedBefore(topic, { session, was }) || (known !== undefined && !late && matchesFilter(known, topic.filter)))
        queue.leaves(late ? known : session);
    }
  }

  /** Something passing happened on any instance. */
  receivePassing(sessionId: SessionId, event: PassingEvent): void {
    if (this.#watchers.size === 0) return;
    const known = this.#known.get(sessionId);
    if (known !== undefined) return this.#pass(known, event);
    const early = this.#early.get(sessionId);
    if (early !== undefined) {
      if (early.length < MAX_EARLY) early.push(event);
    } else if (this.#early.size < MAX_LOADING) {
      this.#early.set(sessionId, [event]);
      void this.#load(sessionId);
    }
  }

  /** Something was missed. */
  gap(): void {
    for (const { queue } of this.#watchers) queue.gap();
  }

  async #load(sessionId: SessionId): Promise<void> {
    let row: SessionRow | undefined;
    try {
      row = await this.#options.load(sessionId);
    } catch (error) {
      this.#options.onError(error);
    }
    const early = this.#early.get(sessionId) ?? [];
    this.#early.delete(sessionId);
    // A turn may have arrived meanwhile.
    const facts = this.#known.get(sessionId) ?? (row && this.#summaryOf(row));
    if (facts === undefined || this.#watchers.size === 0) return;
    this.#known.set(sessionId, facts);
    for (const event of early) this.#pass(facts, event);
  }

  #pass(session: SessionSummary, event: PassingEvent): void {
    for (const { topic, queue } of this.#watchers) {
      const wanted = event.type !== 'delta' || topic.deltas === true;
      if (wanted && matchesFilter(session, topic.filter)) queue.passes(session, event);
    }
  }

  get #wantsDeltas(): boolean {
    for (const { topic } of this.#watchers) if (topic.deltas === true) return true;
    return false;
  }

  #summaryOf(row: SessionRow): SessionSummary {
    return summaryOf(row, this.#options.preview(row));
  }

  #announce(): void {
    this.#options.relay.watching(this.#watchers.size > 0, this.#wantsDeltas);
  }
}

function matchedBefore({ filter }: SessionsTopic, { session, was }: SessionChange): boolean {
  return was !== null && matchesFilter({ ...session, ...was }, filter);
}

/** The facts of `before` that filters read and that are not those of `after`. */
function differences(before: Filtered, after: Filtered): Partial<Filtered> {
  const { address, assistant, state, handler, agentId, queue, tags, open } = before;
  return {
    ...(address === after.address ? {} : { address }),
    ...(assistant === after.assistant ? {} : { assistant }),
    ...(state === after.state ? {} : { state }),
    ...(handler === after.handler ? {} : { handler }),
    ...(agentId === after.agentId ? {} : { agentId }),
    ...(queue === after.queue ? {} : { queue }),
    ...(sameTags(tags, after.tags) ? {} : { tags }),
    ...(open === after.open ? {} : { open }),
  };
}

function sameTags(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((tag, index) => tag === after[index]);
}
