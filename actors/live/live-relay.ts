/**
 * The live streams of all instances as one: what is said at an address here goes to whoever watches it elsewhere, and
 * what is said elsewhere to whoever watches it here.
 *
 * Owns: what leaves this instance and in which pieces, the place that each watched stream was read to.
 * Does not own: who watches where (membership.ts), how it travels (`Exchange`).
 *
 * Invariants
 * 1. Nobody waits for it. While one piece of an address is under way the next one is gathered, deltas as one.
 * 2. What a run says stands in the address's stream whether somebody watches or not, so who comes later is told the text so far.
 * 3. What could not be appended is made up for, as soon as that can be done: the next piece begins the text anew.
 * 4. Of turns only says that there is something in the journal. Whoever missed that finds it by looking.
 */

import type { Clock } from '#machines/clock.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Exchange } from '#storage/exchange.ts';
import type { LiveEvent } from '../contract/api.ts';
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

/** Between two pieces of one address, in milliseconds: text is seen to flow, and a fast model costs 50 pieces a second at most. */
const PIECE_MS = 20;
/** Until what could not be appended is tried again, in milliseconds. */
const AGAIN_MS = 250;
/** Events that may wait to leave. Beyond it the rest of a piece is dropped, and its text begun anew. */
const MAX_WAITING = 1_000;
/** Events in one notice where there are no streams, or none that can be written. */
const NOTICE_EVENTS = 20;

/** How far the stream of a watched address was read. */
interface Place {
  after: string | undefined;
  /** The text so far was taken over. */
  joined: boolean;
  reading: boolean;
  again: boolean;
}

export class LiveRelay {
  readonly #options: LiveRelayOptions;
  readonly #leaving = new Map<Address, RelayedEvent[]>();
  /** Where something of a run was lost on its way out. */
  readonly #broken = new Set<Address>();
  readonly #places = new Map<Address, Place>();

  constructor(options: LiveRelayOptions) {
    this.#options = options;
  }

  /** Something was said here. */
  said(address: Address, sessionId: SessionId, event: LiveEvent): void {
    const { exchange, membership } = this.#options;
    if (exchange.capabilities.type === 'none') return;
    if (!(exchange.capabilities.streams && isOfRun(event)) && membership.watchersOf(address).length === 0) return;
    const passing = encodeRelayedEvent(sessionId, event);
    if (passing === undefined) return;
    const waiting = this.#leaving.get(address);
    if (waiting !== undefined) {
      if (waiting.length < MAX_WAITING) add(waiting, passing);
      else this.#broken.add(address);
      return;
    }
    this.#leaving.set(address, [passing]);
    // All that one turn says leaves together.
    queueMicrotask(() => void this.#send(address));
  }

  /** Somebody here begins to watch. */
  watched(address: Address): void {
    const { exchange, membership } = this.#options;
    membership.watching(address);
    if (!exchange.capabilities.streams) return;
    this.#places.set(address, { after: undefined, joined: false, reading: false, again: false });
    this.#look(address);
  }

  unwatched(address: Address): void {
    this.#places.delete(address);
  }

  /** There is something new elsewhere. */
  heard(address: Address, events: readonly RelayedEvent[]): void {
    for (const [sessionId, event] of events) this.#options.live.receive(address, sessionId, event);
    if (this.#options.exchange.capabilities.streams) this.#look(address);
  }

  /** What was told meanwhile was not heard. */
  reconnected(): void {
    for (const address of this.#places.keys()) this.#look(address);
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
          for (const instance of membership.watchersOf(address)) membership.tellLive(address, [], instance);
        } else {
          const ofTurns = events.filter(([, event]) => !isOfRun(event));
          if (ofTurns.length < events.length) this.#broken.add(address);
          this.#tellSmall(address, ofTurns);
        }
      } else this.#tellSmall(address, events);
      await pause(clock, this.#broken.has(address) ? AGAIN_MS : PIECE_MS);
    }
  }

  /** Where there is no stream, and past one that takes nothing more: its memory may be full. */
  #tellSmall(address: Address, events: readonly RelayedEvent[]): void {
    const { membership } = this.#options;
    const small = events.filter(([, event]) => event.type !== 'delta' && event.type !== 'emitted');
    for (const instance of membership.watchersOf(address))
      for (let from = 0; from < small.length; from += NOTICE_EVENTS)
        membership.tellLive(address, small.slice(from, from + NOTICE_EVENTS), instance);
  }

  /** The next piece. Undefined: there is none, and the address rests. */
  #take(address: Address): RelayedEvent[] | undefined {
    const waiting = this.#leaving.get(address);
    const partial = this.#broken.delete(address) ? this.#options.live.partialAnswer(address) : undefined;
    if (waiting === undefined || (waiting.length === 0 && partial === undefined)) {
      this.#leaving.delete(address);
      return undefined;
    }
    const events = waiting.splice(0);
    if (partial === undefined) return events;
    const { sessionId, runId, text } = partial;
    return [[sessionId, { type: 'delta', runId, offset: 0, text }], ...events.filter(([, event]) => event.type !== 'delta')];
  }

  #look(address: Address): void {
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

/** Deltas that join on to each other become one; that there is something new in the journal need be said once. */
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

/** The answer that is in the making at the end of a stream, and who writes it. */
function lastPartialAnswer(records: readonly LiveRecord[]): { readonly from: string; readonly partial: PartialAnswer } | undefined {
  let found: { readonly from: string; readonly partial: PartialAnswer } | undefined;
  for (const { from, events } of records) {
    for (const [sessionId, event] of events) {
      if (event.type === 'delta') {
        const known = found?.partial.runId === event.runId ? found.partial.text : '';
        // What does not join on to what is known would be shown with a hole in it.
        if (event.offset <= known.length)
          found = { from, partial: { sessionId, runId: event.runId, text: known.slice(0, event.offset) + event.text } };
      } else if (event.type === 'run' && event.phase === 'ended' && found?.partial.runId === event.runId) found = undefined;
    }
  }
  return found;
}
