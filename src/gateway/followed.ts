/**
 * Followed is what one console follows, lists and sessions, and the session that its agent views.
 *
 * Invariants
 * 1. A session exists for a console only if its agent may read it.
 * 2. After `stop` nothing is followed, also if a command was under way.
 */
import type { Actors } from '#actors/contract/api.ts';
import type { PassingEvent } from '#actors/contract/live-events.ts';
import { type InboxFilter, LIMITS } from '#console/client/protocol.ts';
import { StatechatError } from '#machines/errors.ts';
import type { OperationContext } from '../operations/context.ts';
import { runOperation } from '../operations/operation.ts';
import { operations } from '../operations/operations.ts';
import { OperationProblem, problemTypes } from '../operations/problems.ts';
import { existingSession } from '../operations/sessions.ts';
import type { Log } from '../telemetry/log.ts';
import { InboxFeed } from './inbox-feed.ts';
import { type InboxTopics, topicOf } from './inbox-topics.ts';
import type { Outgoing } from './outgoing.ts';
import type { PresenceBoard } from './presence-board.ts';
import type { CardParts } from './session-card.ts';
import { SessionFeed } from './session-feed.ts';

export interface FollowedParts extends CardParts {
  readonly actors: Pick<Actors, 'watch' | 'partialAnswer'>;
  readonly topics: InboxTopics;
  readonly board: PresenceBoard;
  readonly log: Log;
}

interface FollowedList {
  readonly filter: InboxFilter;
  readonly feed: InboxFeed;
  readonly stop: () => void;
}

export class Followed {
  readonly #parts: FollowedParts;
  readonly #out: Outgoing;
  /** Name of the connection in presences. */
  readonly #viewer: string;
  readonly #lists = new Map<string, FollowedList>();
  readonly #sessions = new Map<string, SessionFeed>();
  /** Events that came by one list, so that the other lists leave them out. */
  readonly #passed = new WeakSet<PassingEvent>();
  #viewed: string | null = null;
  #stopped = false;

  constructor(viewer: string, out: Outgoing, parts: FollowedParts) {
    this.#viewer = viewer;
    this.#out = out;
    this.#parts = parts;
  }

  /** @returns the topic. Its list comes after `load`. */
  async subscribe(context: OperationContext, filter: InboxFilter): Promise<string> {
    const topic = topicOf(filter);
    this.#checkRoom(this.#lists.has(topic));
    // Checks the scope and the filter, and is audited.
    await runOperation(operations['sessions.list'], context, () => ({ ...filter, limit: 1 }));
    this.#checkOpen();
    const { topics, log } = this.#parts;
    const feed = new InboxFeed(topic, {
      topics,
      out: this.#out,
      isWanted: (sessionId, event) => this.#isWanted(sessionId, event),
      onError: (error) => log.warn({ error, topic }, 'a list of sessions was not loaded'),
    });
    const unfollow = topics.follow(filter, feed);
    this.unsubscribe(topic);
    this.#lists.set(topic, {
      filter,
      feed,
      stop: () => {
        feed.stop();
        unfollow();
      },
    });
    return topic;
  }

  load(topic: string): void {
    this.#lists.get(topic)?.feed.refresh();
  }

  /** Sends the page of the list that begins after the cursor. */
  async more(context: OperationContext, topic: string, after: string): Promise<void> {
    const list = this.#lists.get(topic);
    if (list === undefined)
      throw new OperationProblem(problemTypes.notFound, 'The console does not follow such a list. Send subscribe first.');
    await runOperation(operations['sessions.list'], context, () => ({ ...list.filter, limit: 1, cursor: after }));
    await list.feed.more(after);
  }

  unsubscribe(topic: string): void {
    this.#lists.get(topic)?.stop();
    this.#lists.delete(topic);
  }

  /** @returns the session's version. The transcript was sent. */
  async watch(context: OperationContext, sessionId: string, after: number | undefined): Promise<number> {
    this.#checkRoom(this.#sessions.has(sessionId.toLowerCase()));
    await runOperation(operations['sessions.get'], context, () => ({ sessionId }));
    const { id, address } = await existingSession(context, sessionId);
    this.#checkOpen();
    this.#sessions.get(id)?.stop();
    const { actors, preview, clocksOf, board, log } = this.#parts;
    const onError = (error: unknown): void => log.warn({ error, sessionId: id }, 'a transcript was not read');
    const feed = new SessionFeed({ actors, preview, clocksOf, store: context.store, board, out: this.#out, onError }, { id, address });
    this.#sessions.set(id, feed);
    try {
      // Read after watching began.
      const row = await existingSession(context, id);
      await feed.begin(row, after);
      return row.version;
    } catch (error) {
      feed.stop();
      this.#sessions.delete(id);
      throw error;
    }
  }

  unwatch(context: OperationContext, sessionId: string): void {
    const id = sessionId.toLowerCase();
    this.#sessions.get(id)?.stop();
    this.#sessions.delete(id);
    if (this.#viewed === id) this.view(context, null, false);
  }

  /** The agent views a session that it watches, or none. Another session does not exist for it. */
  view({ caller }: OperationContext, sessionId: string | null, typing: boolean): void {
    const id = sessionId?.toLowerCase() ?? null;
    if (this.#stopped || (id !== null && !this.#sessions.has(id))) return;
    this.#viewed = id;
    this.#parts.board.set(this.#viewer, caller.agent, id, typing);
  }

  stop(): void {
    this.#stopped = true;
    for (const { stop } of this.#lists.values()) stop();
    for (const feed of this.#sessions.values()) feed.stop();
    this.#lists.clear();
    this.#sessions.clear();
  }

  #isWanted(sessionId: string, event: PassingEvent): boolean {
    // Each list has a call for an agent of its own.
    if (event.type === 'attention') return true;
    if (this.#sessions.has(sessionId) || this.#passed.has(event)) return false;
    this.#passed.add(event);
    return true;
  }

  #checkRoom(isFollowed: boolean): void {
    if (isFollowed || this.#lists.size + this.#sessions.size < LIMITS.followed) return;
    throw new StatechatError('rate_limited', `A console follows at most ${LIMITS.followed} lists and sessions. Leave one first.`);
  }

  #checkOpen(): void {
    if (this.#stopped) throw new StatechatError('connection_closed', 'The connection has ended.');
  }
}
