/**
 * The visitor's feed over the journal and the live stream. Pages of the web channel read it.
 *
 * Invariants
 * 1. Messages come from the journal by `seq`, each exactly once.
 * 2. Live events only announce that there is something new, and carry what passes, such as deltas
 *    and typing.
 * 3. What no live event announced is found by polling the store.
 * 4. A state is read where the journal has the transition. Events that were ignored or refused
 *    change nothing that the visitor sees.
 */
import type { Actors } from '#actors/contract/api.ts';
import type { LiveEvent } from '#actors/contract/live-events.ts';
import { AppliedEvents } from '#actors/session/applied-events.ts';
import type { VisitorEvent, VisitorFeed } from '#channels/feed.ts';
import { decodeEventId } from '#channels/web/decode.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import { holderAfter } from '#machines/session/events.ts';
import type { Approvals } from '#storage/approvals.ts';
import type { JournalEntry, SessionRow, Store } from '#storage/port.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { mediaEventOf, messageOf, reactionOf, runIdOf } from './visitor-message.ts';
import { hasRuns, holderIn, stateAfter, stateOf, type VisitorState, WAITING } from './visitor-state.ts';

export interface VisitorFeedParts {
  readonly actors: Pick<Actors, 'watch' | 'partialAnswer'>;
  readonly store: Pick<Store, 'load' | 'journal'>;
  readonly approvals: Pick<Approvals, 'openOf'>;
  /** Milliseconds until the next poll for commits of other instances that no message announced. */
  readonly pollMs: () => number;
}

/**
 * The first poll, in milliseconds. Other instances may have committed before they knew that this
 * one watches.
 */
const FIRST_POLL_MS = 1_000;
/**
 * Between two reads of the session's approvals, in milliseconds, while a run is at a tool. No event
 * announces that a call waits, because the run may be in another process.
 */
const APPROVAL_POLL_MS = 2_000;
/** How far the clocks of a store and an instance may differ, in milliseconds. */
const CLOCKS_MS = 1_000;
const PAGE = 200;
/** Live events that may wait for a slow reader. */
const LIMIT = 2_000;
/** Sessions that a returning page reads. A page that missed more begins with the latest session. */
const MAX_SESSIONS = 50;

/**
 * How often a stream polls for what another instance committed, in milliseconds, while no notice of
 * it may come.
 */
const UNNOTICED_POLL_MS = 1_000;
/** The same while notices come. Only one that was lost as the connection broke is found so late. */
const NOTICED_POLL_MS = 10_000;
/** The same where this instance is alone. */
const ALONE_POLL_MS = 30_000;

export function feedPollMs(alone: boolean, noticed: boolean): number {
  if (alone) return ALONE_POLL_MS;
  return noticed ? NOTICED_POLL_MS : UNNOTICED_POLL_MS;
}

export function createVisitorFeed(parts: VisitorFeedParts): VisitorFeed {
  return (address, after, signal) => new Feed(parts, address, signal).events(after);
}

interface Received {
  readonly sessionId: SessionId;
  readonly event: LiveEvent;
}

class Feed {
  readonly #parts: VisitorFeedParts;
  readonly #address: Address;
  readonly #signal: AbortSignal;
  readonly #live = new BoundedQueue<Received>(LIMIT);
  #sessionId: SessionId | undefined;
  #seq = 0;
  /** The last run whose outcome was read. The message right behind it completes its deltas. */
  #run: { readonly seq: number; readonly runId: string } | undefined;
  #applied = new AppliedEvents();
  /** The agent who holds the session, or held it last. */
  #agentName: string | undefined;
  /** The state that was sent last. */
  #state: VisitorState | undefined;
  /** Phases of the runs at work, as far as this stream has received them. */
  readonly #atWork = new Map<string, RunPhase>();
  /** A run was at work when the stream began, and no phase of one has been received since. */
  #runsBefore = false;
  /** Since when a tool call waits for an approval, as the visitor was sent it last. */
  #approvalSince: number | undefined;
  /** Time of the entry that was read last. */
  #readAt = 0;
  /** When the present runs began, at the earliest. An approval of a stopped run stays open. */
  #begunAt = 0;
  /**
   * What the visitor was sent last. Undefined if that is nothing yet. Then a page may still show
   * what an earlier stream sent.
   */
  #typing: boolean | undefined;

  constructor(parts: VisitorFeedParts, address: Address, signal: AbortSignal) {
    this.#parts = parts;
    this.#address = address;
    this.#signal = signal;
  }

  async *events(after: string | undefined): AsyncGenerator<VisitorEvent> {
    const { actors, pollMs } = this.#parts;
    // Watching begins before reading, so that no event falls between the two.
    const stop = actors.watch(this.#address, (sessionId, event) => this.#live.push({ sessionId, event }));
    try {
      if (after !== undefined) {
        const { sessionId, seq } = decodeEventId(after);
        this.#sessionId = sessionId;
        this.#seq = seq;
      }
      yield* this.#catchUp();
      const partial = actors.partialAnswer(this.#address);
      if (partial) {
        this.#atWork.set(partial.runId, 'writing');
        yield* this.#showTyping();
        yield { type: 'delta', runId: partial.runId, offset: 0, text: partial.text };
      }
      if (this.#runsBefore) yield* this.#showApproval();
      yield { type: 'live' };
      let next = FIRST_POLL_MS;
      while (!this.#signal.aborted) {
        const received = await this.#live.take(Math.min(next, pollMs()), this.#signal);
        if (this.#live.overflowed) return;
        if (received.length === 0 && !this.#signal.aborted) yield* this.#catchUp();
        for (const item of received) yield* this.#pass(item);
        if (this.#mayWait || this.#approvalSince !== undefined) yield* this.#showApproval();
        next = this.#mayWait ? APPROVAL_POLL_MS : Number.POSITIVE_INFINITY;
      }
    } finally {
      stop();
    }
  }

  async *#pass({ sessionId, event }: Received): AsyncGenerator<VisitorEvent> {
    switch (event.type) {
      case 'entry':
        if (sessionId === this.#sessionId && event.entry.seq === this.#seq + 1) yield* this.#read(event.entry);
        else if (sessionId !== this.#sessionId || event.entry.seq > this.#seq) yield* this.#catchUp();
        return;
      case 'delivery':
        if (event.delivery.status === 'sent' || event.delivery.status === 'delivered' || event.delivery.status === 'read') {
          yield { type: 'delivery', sessionId, seq: event.seq, status: event.delivery.status };
        }
        return;
      case 'delta':
        yield event;
        return;
      case 'run':
        if (event.phase === 'started' && this.#atWork.size === 0) this.#begunAt = this.#readAt;
        this.#runsBefore = false;
        if (event.phase === 'ended') this.#atWork.delete(event.runId);
        else this.#atWork.set(event.runId, event.phase);
        yield* this.#showTyping();
        return;
      case 'state':
        yield* this.#enter({ ...event, sessionId, seq: event.version, waitingSince: this.#state?.waitingSince });
        return;
      case 'changed':
      case 'gap':
        yield* this.#catchUp();
        return;
      // The visitor's own.
      case 'typing':
      case 'emitted':
        return;
    }
  }

  /**
   * A run has several phases, and may end in two places. The visitor is sent the change alone. An
   * answer may be made while an analysis is, so the assistant types until both have ended.
   */
  *#showTyping(): Generator<VisitorEvent> {
    const on = this.#atWork.size > 0;
    if (on === this.#typing) return;
    this.#typing = on;
    yield { type: 'typing', who: 'assistant', on };
  }

  /** A run is at a tool, which may wait for an approval. */
  get #mayWait(): boolean {
    return this.#runsBefore || [...this.#atWork.values()].includes('tool');
  }

  /** Sends the visitor since when a tool call waits for an approval, if that has changed. */
  async *#showApproval(): AsyncGenerator<VisitorEvent> {
    const id = this.#sessionId;
    const open = id === undefined || !this.#mayWait ? [] : await this.#parts.approvals.openOf(id);
    const since = open.find(({ askedAt }) => askedAt >= this.#begunAt - CLOCKS_MS)?.askedAt;
    if (since === this.#approvalSince) return;
    this.#approvalSince = since;
    yield { type: 'approval', ...(since === undefined ? {} : { since }) };
  }

  /** Reads what was not read of the journal yet, through all sessions, and where it has led. */
  async *#catchUp(): AsyncGenerator<VisitorEvent> {
    const { store } = this.#parts;
    const latest = await store.load({ address: this.#address });
    if (!latest) return;
    for (const row of await this.#sessionsUpTo(latest)) {
      const { id } = row;
      if (id !== this.#sessionId) {
        this.#sessionId = id;
        this.#seq = 0;
        this.#state = undefined;
        this.#applied = new AppliedEvents();
      }
      // A row that the journal has nothing new for costs no query.
      for (let more = row.version > this.#seq; more; ) {
        const page = await store.journal(id, this.#seq, PAGE);
        for (const entry of page) yield* this.#read(entry);
        more = page.length > 0;
      }
      if (row.version < this.#seq) continue;
      if (row === latest) {
        // The end of a run may not have been received.
        if (!hasRuns(row) && this.#atWork.size > 0) {
          this.#atWork.clear();
          yield* this.#showTyping();
        }
        if (this.#atWork.size === 0) this.#runsBefore = hasRuns(row);
      }
      this.#agentName = holderIn(row) ?? this.#agentName;
      yield* this.#enter(stateOf(row));
    }
  }

  /** From the session that was read last, if it is one of this address, to the latest. */
  async #sessionsUpTo(latest: SessionRow): Promise<readonly SessionRow[]> {
    if (this.#sessionId === undefined) return [latest];
    const sessions = [latest];
    let earliest = latest;
    while (earliest.id !== this.#sessionId && earliest.previousId !== null && sessions.length < MAX_SESSIONS) {
      const previous = await this.#parts.store.load({ id: earliest.previousId });
      if (!previous) break;
      sessions.unshift(previous);
      earliest = previous;
    }
    return earliest.id === this.#sessionId ? sessions : [latest];
  }

  *#read(entry: JournalEntry): Generator<VisitorEvent> {
    this.#seq = entry.seq;
    this.#readAt = entry.at;
    if (entry.kind === 'run') this.#run = { seq: entry.seq, runId: runIdOf(entry) };
    yield* this.#readState(entry);
    const message = messageOf(entry, this.#run?.seq === entry.seq - 1 ? this.#run.runId : undefined);
    if (message !== undefined) yield message;
    const media = mediaEventOf(entry);
    if (media !== undefined) yield media;
    const reaction = reactionOf(entry);
    if (reaction !== undefined) yield reaction;
  }

  *#readState(entry: JournalEntry): Generator<VisitorEvent> {
    const event = this.#applied.read(entry);
    const holder = event === undefined ? undefined : holderAfter(event, this.#state?.handler === 'human');
    if (holder !== undefined) this.#agentName = holder.name;
    const next = stateAfter(entry);
    if (next !== undefined) yield* this.#enter(next);
    // A transfer to a colleague changes neither state nor handler.
    else if (holder !== undefined && this.#state?.handler === 'human') yield* this.#enter({ ...this.#state, seq: entry.seq });
  }

  /** Sends the state if the visitor was not sent the same before. */
  *#enter(next: VisitorState): Generator<VisitorEvent> {
    const { sessionId, seq, state, handler, open } = next;
    const name = handler === 'human' ? this.#agentName : undefined;
    const waitingSince = state === WAITING ? (next.waitingSince ?? undefined) : undefined;
    const now: VisitorState = { sessionId, seq, state, handler, open, name, waitingSince };
    const before = this.#state;
    this.#state = now;
    if (before !== undefined && SHOWN.every((key) => before[key] === now[key])) return;
    yield {
      type: 'state',
      state,
      handler,
      sessionId,
      open,
      seq,
      ...(name === undefined ? {} : { name }),
      ...(waitingSince === undefined ? {} : { waitingSince }),
    };
  }
}

/** A state of which all of these are the same is not sent again. */
const SHOWN = ['sessionId', 'state', 'handler', 'open', 'name'] as const;

type RunPhase = Extract<LiveEvent, { readonly type: 'run' }>['phase'];
