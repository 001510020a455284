/**
 * SessionFeed follows one session for one connection.
 *
 * Invariants
 * 1. Entries come from the journal in the order of `seq`, each once, from the one after the last
 *    that the client has. A live event is only the announcement of a new entry, unless it carries
 *    the very next one.
 * 2. While the reader is behind, nothing is sent. Once it has caught up, the entries that it lacks
 *    are read from the journal.
 */
import type { Actors } from '#actors/contract/api.ts';
import { type LiveEvent, summaryOf } from '#actors/contract/live-events.ts';
import type { PresenceMessage, ServerMessage } from '#console/client/protocol.ts';
import type { SessionPreview } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { JournalEntry, SessionRow, Store } from '#storage/port.ts';
import { entryView } from '../operations/session-view.ts';
import type { Outgoing } from './outgoing.ts';

/** Entries of a first transcript. Older ones are read by `history`. */
const FIRST_ENTRIES = 100;
/** A client that lacks more begins anew with the latest. */
const MOST_MISSED = 1_000;
const PAGE = 200;
/** How often the journal is read when nothing announced an entry, in milliseconds. */
const POLL_MS = 10_000;

export interface SessionFeedParts {
  readonly actors: Pick<Actors, 'watch' | 'partialAnswer'>;
  readonly store: Pick<Store, 'load' | 'journal'>;
  readonly preview: (row: SessionRow) => SessionPreview | null;
  readonly viewersOf: (sessionIds: ReadonlySet<string>) => PresenceMessage[];
  readonly out: Outgoing;
  readonly onError: (error: unknown) => void;
}

export class SessionFeed {
  readonly #parts: SessionFeedParts;
  readonly #id: SessionId;
  readonly #unwatch: () => void;
  readonly #poll: NodeJS.Timeout;
  /** The last entry that was sent. */
  #sent = 0;
  /** The transcript was sent. */
  #begun = false;
  #reading = false;
  /** Something may be new. */
  #dirty = false;
  #stopped = false;

  constructor(parts: SessionFeedParts, { id, address }: { readonly id: SessionId; readonly address: Address }) {
    this.#parts = parts;
    this.#id = id;
    // Watching begins before reading, so that no event falls between the two.
    this.#unwatch = parts.actors.watch(address, (sessionId, event) => {
      if (sessionId === id) this.#receive(event);
    });
    this.#poll = setInterval(() => this.catchUp(), POLL_MS).unref();
  }

  /** Sends the transcript, then what happens. `after` is the last entry that the client has. */
  async begin(row: SessionRow, after: number | undefined): Promise<void> {
    const { store, preview, viewersOf, actors, out } = this.#parts;
    const continues = after !== undefined && after <= row.version && row.version - after <= MOST_MISSED;
    const from = continues ? after : Math.max(0, row.version - FIRST_ENTRIES);
    const entries: JournalEntry[] = [];
    while (from + entries.length < row.version) {
      const page = await store.journal(this.#id, from + entries.length, PAGE);
      if (page.length === 0) break;
      entries.push(...page);
    }
    if (this.#stopped) return;
    const partial = actors.partialAnswer(row.address);
    this.#sent = entries.at(-1)?.seq ?? from;
    this.#begun = true;
    out.send({
      type: 'transcript',
      session: { ...summaryOf(row, preview(row)), tags: [...row.tags] },
      from: from + 1,
      entries: entries.map(entryView),
      partial: partial?.sessionId === this.#id ? { runId: partial.runId, text: partial.text } : null,
      presence: viewersOf(new Set([this.#id])),
    });
    this.catchUp();
  }

  /** Reads and sends what is new. */
  catchUp(): void {
    this.#dirty = true;
    if (this.#begun && !this.#reading && !this.#stopped) void this.#read();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#poll);
    this.#unwatch();
  }

  #receive(event: LiveEvent): void {
    if (event.type === 'entry') {
      const isNext = this.#begun && !this.#reading && event.entry.seq === this.#sent + 1;
      if (!isNext || !this.#event({ type: 'entry', sessionId: this.#id, entry: entryView(event.entry) })) return this.catchUp();
      this.#sent = event.entry.seq;
      return;
    }
    if (event.type === 'changed' || event.type === 'gap') return this.catchUp();
    const message = messageOf(this.#id, event);
    if (message !== undefined) this.#event(message);
  }

  async #read(): Promise<void> {
    this.#reading = true;
    const { store, out, onError } = this.#parts;
    try {
      while (this.#dirty && !this.#stopped) {
        await out.room();
        this.#dirty = false;
        const page = await store.journal(this.#id, this.#sent, PAGE);
        for (const entry of page) {
          if (this.#stopped || !this.#event({ type: 'entry', sessionId: this.#id, entry: entryView(entry) })) {
            this.#dirty = true;
            break;
          }
          this.#sent = entry.seq;
        }
        if (page.length === PAGE) this.#dirty = true;
      }
    } catch (error) {
      // The next event or poll tries again.
      onError(error);
    } finally {
      this.#reading = false;
    }
  }

  #event(message: ServerMessage): boolean {
    return this.#parts.out.event(JSON.stringify(message));
  }
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
