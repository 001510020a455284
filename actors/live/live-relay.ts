/**
 * The live streams of all instances as one. Events at an address of this instance reach the
 * watchers of that address on other instances, and theirs reach the watchers here.
 *
 * Owns what leaves this instance and in which pieces, the place up to which each watched stream
 * was read.
 * Does not own which instance watches which address (membership.ts), the transport (`Exchange`),
 * sessions that are watched by a filter (session-relay.ts).
 *
 * Invariants
 * 1. No caller waits for it. While one piece of an address is being sent the next one is gathered,
 *    with its deltas as one.
 * 2. The text of a run is in the address's stream whether the address is watched or not, so a
 *    watcher that joins later receives the text so far.
 * 3. A piece that could not be appended is made up for as soon as possible. The next piece begins
 *    the text again.
 * 4. Of a turn it sends only that the journal has something new. A watcher that misses that finds
 *    it by polling.
 */

import type { Clock } from '#machines/clock.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Exchange } from '#storage/exchange.ts';
import type { LiveEvent } from '../contract/live-events.ts';
import { nextPoll, pause } from '../contract/waiting.ts';
import { decodeRecord, encodeRelayedEvent, type LiveRecord, type RelayedEvent } from './cluster-messages.ts';
import type { LiveStreams, PartialAnswer } from './live-streams.ts';
import type { Membership } from './membership.ts';

export interface LiveRelayOptions {
  readonly exchange: Exchange;
  readonly owner: string;
  readonly clock: Clock;
  readonly live: LiveStreams;
  readonly membership: Membership;
}

/**
 * Time between two pieces of one address, in milliseconds. Text appears to flow, and a fast model
 * costs at most 50 pieces a second.
 */
const PIECE_MS = 20;
/** Before a piece that could not be appended is tried again, in milliseconds. */
const AGAIN_MS = 250;
/**
 * Events that may wait to be sent. Beyond that the rest of a piece is dropped, and its text begins
 * again.
 */
const MAX_WAITING = 1_000;
/** Events in one message where there are no streams, or none that can be written. */
const NOTICE_EVENTS = 20;

/** The place up to which the stream of a watched address was read. */
interface Place {
  after: string | undefined;
  /** The text so far was received. */
  joined: boolean;
  reading: boolean;
  again: boolean;
}

export class LiveRelay {
  readonly #options: LiveRelayOptions;
  readonly #leaving = new Map<Address, RelayedEvent[]>();
  /** Addresses at which something of a run was lost on its way out. */
  readonly #broken = new Set<Address>();
  readonly #places = new Map<Address, Place>();

  constructor(options: LiveRelayOptions) {
    this.#options = options;
  }

  /** An event of this instance. */
  published(address: Address, sessionId: SessionId, event: LiveEvent): void {
    const { exchange, membership } = this.#options;
    if (exchange.capabilities.type === 'none') return;
    if (!(exchange.capabilities.streams && isOfRun(event)) && membership.watchersOf(address).length === 0) return;
    if (event.type === 'typing') {
      for (const instance of membership.watchersOf(address)) membership.sendTyping(address, sessionId, event, instance);
      return;
    }
    const passing = encodeRelayedEvent(sessionId, event);
    if (passing === undefined) return;
    const waiting = this.#leaving.get(address);
    if (waiting !== undefined) {
      if (waiting.length < MAX_WAITING) add(waiting, passing);
      else this.#broken.add(address);
      return;
    }
    this.#leaving.set(address, [passing]);
    // All events of one turn leave together.
    queueMicrotask(() => void this.#send(address));
  }

  /** The address is watched here from now on. */
  watched(address: Address): void {
    const { exchange, membership } = this.#options;
    membership.watching(address);
    if (!exchange.capabilities.streams) return;
    this.#places.set(address, { after: undefined, joined: false, reading: false, again: false });
    this.#poll(address);
  }

  unwatched(address: Address): void {
    this.#places.delete(address);
  }

  /** Another instance has something new. */
  receive(address: Address, events: readonly RelayedEvent[]): void {
    for (const [sessionId, event] of events) this.#options.live.receive(address, sessionId, event);
    if (this.#options.exchange.capabilities.streams) this.#poll(address);
  }

  /** Messages that were sent meanwhile are lost. */
  reconnected(): void {
    for (const address of this.#places.keys()) this.#poll(address);
  }

  /** Resolves when all has left, or `ms` milliseconds later. */
  async flushed(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (this.#leaving.size > 0 && performance.now() < deadline) await nextPoll();
  }

  async #send(address: Address): Promise<void> {
    const { exchange, membership, owner, clock } = this.#options;
    for (let events = this.#take(address); events !== undefined; events = this.#take(address)) {
      if (exchange.capabilities.streams) {
        const piece: LiveRecord = { from: owner, events };
        if (await exchange.append(address, piece)) {
          for (const instance of membership.watchersOf(address)) membership.sendLive(address, [], instance);
        } else {
          const ofTurns = events.filter(([, event]) => !isOfRun(event));
          if (ofTurns.length < events.length) this.#broken.add(address);
          this.#sendSmall(address, ofTurns);
        }
      } else this.#sendSmall(address, events);
      await pause(clock, this.#broken.has(address) ? AGAIN_MS : PIECE_MS);
    }
  }

  /** Where there is no stream, and past one that takes nothing more because its memory is full. */
  #sendSmall(address: Address, events: readonly RelayedEvent[]): void {
    const { membership } = this.#options;
    const small = events.filter(([, event]) => event.type !== 'delta' && event.type !== 'emitted');
    for (const instance of membership.watchersOf(address))
      for (let from = 0; from < small.length; from += NOTICE_EVENTS)
        membership.sendLive(address, small.slice(from, from + NOTICE_EVENTS), instance);
  }

  /** The next piece. A move is one by itself. Undefined if there is none. */
  #take(address: Address): RelayedEvent[] | undefined {
    const waiting = this.#leaving.get(address);
    const partial = this.#broken.delete(address) ? this.#options.live.partialAnswer(address) : undefined;
    if (waiting === undefined || (waiting.length === 0 && partial === undefined)) {
      this.#leaving.delete(address);
      return undefined;
    }
    // 0.1.0 drops a whole piece for an event that it does not know.
    const move = waiting.findIndex(([, event]) => event.type === 'moved');
    const alone = move === 0 && partial === undefined;
    const events = waiting.splice(0, alone ? 1 : move === -1 ? waiting.length : move);
    if (partial === undefined) return events;
    const { sessionId, runId, text } = partial;
    return [[sessionId, { type: 'delta', runId, offset: 0, text }], ...events.filter(([, event]) => event.type !== 'delta')];
  }

  #poll(address: Address): void {
    const place = this.#places.get(address);
    if (place === undefined) return;
    place.again = true;
    if (!place.reading) void this.#read(address, place);
  }

  async #read(address: Address, place: Place): Promise<void> {
    const { exchange, live, owner } = this.#options;
    place.reading = true;
    while (place.again && this.#places.get(address) === place) {
      place.again = false;
      const page = await exchange.read(address, place.after);
      if (page === undefined || this.#places.get(address) !== place) break;
      const records = page.records.flatMap(({ record }) => decodeRecord(record) ?? []);
      place.after = page.records.at(-1)?.id ?? (page.gap ? undefined : place.after);
      if (!place.joined) {
        place.joined = true;
        const partial = lastPartialAnswer(records);
        if (partial !== undefined && partial.from !== owner) live.join(address, partial.partial);
        continue;
      }
      const others = records.filter(({ from }) => from !== owner);
      const first = others[0]?.events[0]?.[0];
      if (page.gap && first !== undefined) live.receive(address, first, { type: 'gap' });
      for (const { events } of others) for (const [sessionId, event] of events) live.receive(address, sessionId, event);
    }
    place.reading = false;
  }
}

function isOfRun(event: { readonly type: LiveEvent['type']; readonly runId?: string | undefined }): boolean {
  return event.runId !== undefined;
}

/**
 * Joins deltas that continue each other into one. That the journal has something new is kept once.
 */
function add(waiting: RelayedEvent[], passing: RelayedEvent): void {
  const [sessionId, event] = passing;
  const last = waiting.at(-1);
  if (last !== undefined && last[0] === sessionId) {
    const before = last[1];
    if (event.type === 'changed' && before.type === 'changed') return;
    if (
      event.type === 'delta' &&
      before.type === 'delta' &&
      before.runId === event.runId &&
      before.offset + before.text.length === event.offset
    ) {
      waiting[waiting.length - 1] = [sessionId, { ...before, text: before.text + event.text }];
      return;
    }
  }
  waiting.push(passing);
}

/** The answer that is being written at the end of a stream, and the instance that writes it. */
function lastPartialAnswer(records: readonly LiveRecord[]): { readonly from: string; readonly partial: PartialAnswer } | undefined {
  let found: { readonly from: string; readonly partial: PartialAnswer } | undefined;
  for (const { from, events } of records) {
    for (const [sessionId, event] of events) {
      if (event.type === 'delta') {
        const known = found?.partial.runId === event.runId ? found.partial.text : '';
        // A text that does not continue what is known would be shown with a hole in it.
        if (event.offset <= known.length)
          found = { from, partial: { sessionId, runId: event.runId, text: known.slice(0, event.offset) + event.text } };
      } else if (event.type === 'run' && event.phase === 'ended' && found?.partial.runId === event.runId) found = undefined;
    }
  }
  return found;
}
