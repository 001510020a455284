/**
 * Carries turns and passing events from the instances where they happen to those where sessions are
 * watched.
 *
 * Owns which messages leave for the instances that watch, and whether one was lost on the way
 * here.
 * Does not own which instances watch (membership.ts), which watchers a turn concerns
 * (session-topics.ts).
 *
 * Invariants
 * 1. No caller waits for it. Within 20 ms the turns of one session become one record, with the
 *    facts before the first and after the last of them. At most 2,000 sessions wait. What comes
 *    beyond that is lost.
 * 2. Each message has a number, one higher than the message before it, for all instances that
 *    watch. An instance also names its last number in its heartbeat, every two seconds. A number
 *    that is missing, or the first of an instance, is a gap, and the watchers here load their lists
 *    again. A turn that cannot be sent uses a number up, so it is a gap as well.
 * 3. A message is no longer than the exchange takes.
 */

import type { Clock } from '#machines/clock.ts';
import type { SessionId } from '#machines/ids.ts';
import type { Exchange } from '#storage/exchange.ts';
import type { PassingEvent } from '../contract/live-events.ts';
import { pause } from '../contract/waiting.ts';
import type { SessionRecord, SessionsMessage } from './cluster-messages.ts';
import type { Membership } from './membership.ts';
import type { SessionChange, SessionsOutward, SessionTopics } from './session-topics.ts';

export interface SessionRelayOptions {
  readonly exchange: Pick<Exchange, 'capabilities'>;
  readonly clock: Clock;
  readonly membership: Membership;
  readonly topics: () => SessionTopics;
}

/** Between two messages, in milliseconds. */
const PIECE_MS = 20;
const MAX_WAITING = 2_000;
/** Passing events in one record. */
const MAX_PASSING = 32;
/** Bytes of a message beside its records, for its type, its number and the name of its sender. */
const OVERHEAD = 300;

interface Waiting {
  change?: SessionChange;
  readonly passing: PassingEvent[];
}

export class SessionRelay implements SessionsOutward {
  readonly #options: SessionRelayOptions;
  readonly #waiting = new Map<SessionId, Waiting>();
  /** The last number of each instance that sends here. */
  readonly #received = new Map<string, number>();
  #sent = 0;
  #sending = false;
  #watching = false;

  constructor(options: SessionRelayOptions) {
    this.#options = options;
  }

  /** True if another instance has watchers of sessions. */
  get wanted(): boolean {
    return this.#options.membership.sessionWatchers.length > 0;
  }

  /** True if one of those watchers wants the text of answers. */
  get wantsDeltas(): boolean {
    return this.#options.membership.deltasWanted;
  }

  /** The number of the last message. */
  get sent(): number {
    return this.#sent;
  }

  /** Sets whether there are watchers here, and whether one wants the text of answers. */
  watching(sessions: boolean, deltas: boolean): void {
    this.#watching = sessions;
    if (!sessions) this.#received.clear();
    this.#options.membership.watchingSessions(sessions, deltas);
  }

  turn(change: SessionChange): void {
    if (!this.wanted) return;
    this.#put(change.session.id, (waiting) => {
      waiting.change = waiting.change === undefined ? change : { session: change.session, was: earliest(waiting.change.was, change.was) };
    });
  }

  passing(sessionId: SessionId, event: PassingEvent): void {
    this.#put(sessionId, ({ passing }) => add(passing, event));
  }

  /** An instance began to watch. What it misses from now on has a number. */
  joined(instance: string): void {
    this.#options.membership.sendSessions(this.#sent, [], instance);
  }

  /** An instance left. */
  left(instance: string): void {
    this.#received.delete(instance);
  }

  /** An instance announced its last number. */
  lastSent(instance: string, sent: number): void {
    const received = this.#received.get(instance);
    if (received !== undefined && sent > received) this.#missed(instance, sent);
  }

  receive({ from, number, records }: SessionsMessage): void {
    if (!this.#watching) return;
    const received = this.#received.get(from);
    // One that came late or twice brings nothing new, and does no harm.
    if (received === undefined || number > received + (records.length === 0 ? 0 : 1)) this.#missed(from, number);
    else this.#received.set(from, Math.max(received, number));
    const topics = this.#options.topics();
    for (const { sessionId, change, passing } of records) {
      if (change !== undefined) topics.receive(change);
      for (const event of passing) topics.receivePassing(sessionId, event);
    }
  }

  #missed(from: string, number: number): void {
    this.#received.set(from, number);
    this.#options.topics().gap();
  }

  #put(sessionId: SessionId, change: (waiting: Waiting) => void): void {
    const known = this.#waiting.get(sessionId);
    if (known === undefined && this.#waiting.size >= MAX_WAITING) {
      this.#sent += 1;
      return;
    }
    const waiting = known ?? { passing: [] };
    change(waiting);
    this.#waiting.set(sessionId, waiting);
    if (this.#sending) return;
    this.#sending = true;
    queueMicrotask(() => void this.#send());
  }

  async #send(): Promise<void> {
    const { clock, membership } = this.#options;
    while (this.#waiting.size > 0) {
      for (const records of this.#pieces()) {
        this.#sent += 1;
        for (const instance of membership.sessionWatchers) membership.sendSessions(this.#sent, records, instance);
      }
      await pause(clock, PIECE_MS);
    }
    this.#sending = false;
  }

  /**
   * All that waits, in messages that the exchange takes. A record that is too long uses a number
   * up, which is a gap.
   */
  #pieces(): SessionRecord[][] {
    const room = this.#options.exchange.capabilities.maxMessage - OVERHEAD;
    const pieces: SessionRecord[][] = [];
    let piece: SessionRecord[] = [];
    let size = 0;
    for (const [sessionId, waiting] of this.#waiting) {
      const record = { sessionId, ...waiting };
      const bytes = Buffer.byteLength(JSON.stringify(record)) + 1;
      if (bytes > room) {
        this.#sent += 1;
        continue;
      }
      if (size + bytes > room) {
        pieces.push(piece);
        piece = [];
        size = 0;
      }
      piece.push(record);
      size += bytes;
    }
    this.#waiting.clear();
    if (piece.length > 0) pieces.push(piece);
    return pieces;
  }
}

/** The facts before the first of two turns, as far as they differ from those after the last. */
function earliest(first: SessionChange['was'], second: SessionChange['was']): SessionChange['was'] {
  return first === null || second === null ? null : { ...second, ...first };
}

/** Deltas that continue each other become one. Of the rest the latest are kept. */
function add(passing: PassingEvent[], event: PassingEvent): void {
  const last = passing.at(-1);
  if (event.type === 'delta' && last?.type === 'delta' && last.runId === event.runId && last.offset + last.text.length === event.offset)
    passing[passing.length - 1] = { ...last, text: last.text + event.text };
  else if (passing.push(event) > MAX_PASSING) passing.shift();
}
