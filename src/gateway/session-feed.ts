/**
 * SessionFeed follows one session for one connection.
 *
 * Invariants
 * 1. Entries come from the journal in the order of `seq`, each once, from the one after the last
 *    that the client has. A live event is only the announcement of a new entry, unless it carries
 *    the very next one.
 * 2. While the reader is behind, nothing is sent. If it lost something, it gets a transcript that
 *    continues the one it has, with the facts, the answer under way and the delivery marks of now.
 * 3. A state or a delivery mark that arrives while the journal is read is not lost behind what was
 *    read before it.
 * 4. A page of entries has at most `PAGE_BYTES`, and one entry more, so a long transcript waits in
 *    the store and not in memory.
 */
import type { Actors } from '#actors/contract/api.ts';
import type { LiveEvent } from '#actors/contract/live-events.ts';
import type { ServerMessage } from '#console/client/protocol.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Delivery, JournalEntry, SessionRow, Store } from '#storage/port.ts';
import { entryView } from '../operations/session-view.ts';
import { frameOf } from './frame.ts';
import type { Outgoing } from './outgoing.ts';
import type { PresenceBoard } from './presence-board.ts';
import { type CardParts, cardOf } from './session-card.ts';

/** Entries of a first transcript. Older ones are read by `history`. */
const FIRST_ENTRIES = 100;
/** A client that lacks more begins anew with the latest. */
const MOST_MISSED = 1_000;
const PAGE = 100;
/** Characters of the entries of one transcript. The others follow as entries. */
const PAGE_BYTES = 262_144;
/** Entries before those that a client lacks, whose delivery marks it may lack too. */
const MARKED_ENTRIES = 100;
/** Marks that wait for their entry. */
const MOST_MARKS = 100;
/** How often the journal is read when nothing announced an entry, in milliseconds. */
const POLL_MS = 10_000;

export interface SessionFeedParts extends CardParts {
  readonly actors: Pick<Actors, 'watch' | 'partialAnswer'>;
  readonly store: Pick<Store, 'load' | 'journal'>;
  readonly board: Pick<PresenceBoard, 'watch' | 'viewersOf'>;
  readonly out: Outgoing;
  readonly onError: (error: unknown) => void;
}

export class SessionFeed {
  readonly #parts: SessionFeedParts;
  readonly #id: SessionId;
  readonly #unwatch: () => void;
  readonly #unwatchPresence: () => void;
  readonly #poll: NodeJS.Timeout;
  /** The last entry that was sent. */
  #sent = 0;
  /** The transcript was sent. */
  #begun = false;
  #reading = false;
  /** An entry may be new. */
  #dirty = false;
  /** The client may lack facts or marks that are no entries. */
  #stale = false;
  /** Marks of entries that were not sent yet, by seq. */
  readonly #marks = new Map<number, Delivery>();
  #stopped = false;

  constructor(parts: SessionFeedParts, { id, address }: { readonly id: SessionId; readonly address: Address }) {
    this.#parts = parts;
    this.#id = id;
    // Watching begins before reading, so that no event falls between the two.
    this.#unwatch = parts.actors.watch(address, (sessionId, event) => {
      if (sessionId === id) this.#receive(event);
    });
    this.#unwatchPresence = parts.board.watch(id, (presence) => {
      if (this.#begun) this.#event({ type: 'presence', ...presence });
    });
    this.#poll = setInterval(() => this.#catchUp(true), POLL_MS).unref();
  }

  /** Sends the transcript, then what happens. `after` is the last entry that the client has. */
  async begin(row: SessionRow, after: number | undefined): Promise<void> {
    const continues = after !== undefined && after <= row.version && row.version - after <= MOST_MISSED;
    const from = continues ? after : Math.max(0, row.version - FIRST_ENTRIES);
    await this.#parts.out.inTurn(() => this.#sendTranscript(row, from, continues));
    this.#begun = true;
    this.#catchUp();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#poll);
    this.#unwatch();
    this.#unwatchPresence();
  }

  #receive(event: LiveEvent): void {
    switch (event.type) {
      case 'entry': {
        const { entry } = event;
        const isNext = this.#begun && !this.#reading && entry.seq === this.#sent + 1;
        if (!isNext || !this.#sendEntry(entry)) this.#catchUp();
        return;
      }
      case 'changed':
        return this.#catchUp();
      case 'gap':
        return this.#refresh();
      case 'delivery':
        // What is being read may be older.
        if (event.seq > this.#sent || this.#reading) return this.#keepMark(event.seq, event.delivery);
        break;
      case 'state':
      case 'moved':
        // So may the row.
        if (!this.#begun || this.#reading) this.#stale = true;
    }
    const message = this.#begun ? messageOf(this.#id, event) : undefined;
    if (message !== undefined) this.#event(message);
  }

  /** Something was lost on the way here, or from here to the reader. */
  #refresh(): void {
    this.#stale = true;
    this.#catchUp();
  }

  #keepMark(seq: number, delivery: Delivery): void {
    if (this.#marks.size >= MOST_MARKS) {
      this.#marks.clear();
      this.#stale = true;
    }
    this.#marks.set(seq, delivery);
  }

  /** Reads and sends what is new. With `polled` nothing announced it. */
  #catchUp(polled = false): void {
    this.#dirty = true;
    if (this.#begun && !this.#reading && !this.#stopped) void this.#read(polled);
  }

  async #read(polled: boolean): Promise<void> {
    this.#reading = true;
    const { out, onError } = this.#parts;
    try {
      while ((this.#dirty || this.#stale) && !this.#stopped) await out.inTurn(() => this.#sendPage(polled));
    } catch (error) {
      // The next event or poll tries again.
      this.#stale = true;
      onError(error);
    } finally {
      this.#reading = false;
      this.#sendMarks();
    }
  }

  async #sendPage(polled: boolean): Promise<void> {
    const { store } = this.#parts;
    if (this.#stopped) return;
    if (this.#stale) {
      this.#stale = false;
      const row = await store.load({ id: this.#id });
      if (row !== undefined) await this.#sendTranscript(row, this.#sent, true);
    }
    this.#dirty = false;
    const page = await store.journal(this.#id, this.#sent, PAGE);
    if (polled && page.length > 0) this.#stale = true;
    const isSent = page.every((entry) => !this.#stopped && this.#sendEntry(entry));
    if (!isSent || page.length === PAGE) this.#dirty = true;
  }

  async #sendTranscript(row: SessionRow, from: number, continues: boolean): Promise<void> {
    const { store, board, actors, out } = this.#parts;
    const known = continues ? Math.min(from, MARKED_ENTRIES) : 0;
    const [missing, marked] = await Promise.all([
      from < row.version ? store.journal(this.#id, from, PAGE) : [],
      known > 0 ? store.journal(this.#id, from - known, known) : [],
    ]);
    if (this.#stopped) return;
    const entries = within(PAGE_BYTES, missing);
    const partial = actors.partialAnswer(row.address);
    this.#sent = entries.at(-1)?.seq ?? from;
    out.send({
      type: 'transcript',
      session: cardOf(row, this.#parts),
      from: from + 1,
      entries: entries.map((entry) => this.#viewOf(entry)),
      partial: partial?.sessionId === this.#id ? { runId: partial.runId, text: partial.text } : null,
      presence: board.viewersOf(new Set([this.#id])),
    });
    for (const entry of marked) {
      const { seq, delivery } = this.#viewOf(entry);
      if (delivery !== null) out.send({ type: 'delivery', sessionId: this.#id, seq, delivery });
    }
  }

  /** Those that arrived for entries which had been sent. */
  #sendMarks(): void {
    for (const [seq, delivery] of this.#marks) {
      if (seq > this.#sent) continue;
      this.#marks.delete(seq);
      this.#event({ type: 'delivery', sessionId: this.#id, seq, delivery });
    }
  }

  /** False if the reader is behind. */
  #sendEntry(entry: JournalEntry): boolean {
    const { out } = this.#parts;
    if (out.behind) return false;
    this.#sent = entry.seq;
    return out.event(frameOf({ type: 'entry', sessionId: this.#id, entry: this.#viewOf(entry) }));
  }

  /** With the mark that arrived before it. */
  #viewOf(entry: JournalEntry) {
    const mark = this.#marks.get(entry.seq);
    this.#marks.delete(entry.seq);
    return entryView(mark === undefined ? entry : { ...entry, delivery: mark });
  }

  #event(message: ServerMessage): void {
    if (!this.#stopped && !this.#parts.out.event(frameOf(message))) this.#refresh();
  }
}

/** As many of the first entries as fit, and at least one. */
function within(most: number, entries: readonly JournalEntry[]): readonly JournalEntry[] {
  let size = 0;
  const tooMany = entries.findIndex((entry, index) => {
    size += JSON.stringify(entryView(entry)).length;
    return index > 0 && size > most;
  });
  return tooMany < 0 ? entries : entries.slice(0, tooMany);
}

function messageOf(
  sessionId: SessionId,
  event: Exclude<LiveEvent, { readonly type: 'entry' | 'changed' | 'gap' }>,
): ServerMessage | undefined {
  switch (event.type) {
    case 'state':
    case 'run':
    case 'delta':
    case 'delivery':
      return { ...event, sessionId };
    case 'typing':
      return { type: 'typing', sessionId, at: event.at };
    case 'moved':
      return { type: 'moved', sessionId, address: event.to };
    case 'emitted':
      return undefined;
  }
}
