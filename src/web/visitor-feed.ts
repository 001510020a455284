/**
 * The visitor's feed over the journal and the live stream: what the web channel's pages read.
 *
 * Invariants: messages come from the journal, by seq, each exactly once; the live stream only says that there is
 * something new, and carries what is passing (deltas, typing, state). What was not told of is found by looking.
 */
import type { Actors, LiveEvent } from '#actors/contract/api.ts';
import type { VisitorEvent, VisitorFeed } from '#channels/feed.ts';
import { decodeEventId } from '#channels/web/decode.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import { fileSendParams } from '#machines/session/effects.ts';
import type { FileRef } from '#machines/session/files.ts';
import type { JournalEntry, SessionRow, Store } from '#storage/port.ts';
import { LiveQueue } from './bounded-queue.ts';

export interface VisitorFeedParts {
  readonly actors: Pick<Actors, 'watch' | 'partialAnswer'>;
  readonly store: Pick<Store, 'load' | 'journal'>;
  /** How long until the next look for what other instances committed and nobody told of, in milliseconds. */
  readonly pollMs: () => number;
}

/** What was committed elsewhere while the others did not know yet that somebody watches here is found by then, in milliseconds. */
const FIRST_LOOK_MS = 1_000;
const PAGE = 200;
/** Live events that may wait for a slow reader. */
const LIMIT = 2_000;
/** Sessions that a returning page is taken through; a page that was away longer begins with the latest of these. */
const MAX_SESSIONS = 50;

export function createVisitorFeed(parts: VisitorFeedParts): VisitorFeed {
  return (address, after, signal) => new Feed(parts, address, signal).events(after);
}

interface Heard {
  readonly sessionId: SessionId;
  readonly event: LiveEvent;
}

class Feed {
  readonly #parts: VisitorFeedParts;
  readonly #address: Address;
  readonly #signal: AbortSignal;
  readonly #live = new LiveQueue<Heard>(LIMIT);
  #sessionId: SessionId | undefined;
  #seq = 0;
  /** The last run whose outcome was read: the message behind it completes it. */
  #run: { readonly seq: number; readonly runId: string } | undefined;
  #agentName: string | undefined;
  /** Runs at work, as far as this stream has received their phases. */
  readonly #atWork = new Set<string>();
  /** What the visitor was sent last. Undefined: nothing yet, and a page may still show what an earlier stream sent. */
  #typing: boolean | undefined;

  constructor(parts: VisitorFeedParts, address: Address, signal: AbortSignal) {
    this.#parts = parts;
    this.#address = address;
    this.#signal = signal;
  }

  async *events(after: string | undefined): AsyncGenerator<VisitorEvent> {
    const { actors, pollMs } = this.#parts;
    // Watching begins before reading, so that nothing falls between the two.
    const stop = actors.watch(this.#address, (sessionId, event) => this.#live.push({ sessionId, event }));
    try {
      if (after !== undefined) {
        const { sessionId, seq } = decodeEventId(after);
        this.#sessionId = sessionId;
        this.#seq = seq;
      }
      const row = yield* this.#catchUp();
      if (row) yield this.#stateOf(row);
      const partial = actors.partialAnswer(this.#address);
      if (partial) {
        this.#atWork.add(partial.runId);
        yield* this.#showTyping();
        yield { type: 'delta', runId: partial.runId, offset: 0, text: partial.text };
      }
      for (let looks = 0; !this.#signal.aborted; looks += 1) {
        const heard = await this.#live.take(looks === 0 ? Math.min(FIRST_LOOK_MS, pollMs()) : pollMs(), this.#signal);
        if (this.#live.overflowed) return;
        if (heard.length === 0 && !this.#signal.aborted) yield* this.#catchUp();
        for (const item of heard) yield* this.#tell(item);
      }
    } finally {
      stop();
    }
  }

  async *#tell({ sessionId, event }: Heard): AsyncGenerator<VisitorEvent> {
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
        if (event.phase === 'ended') this.#atWork.delete(event.runId);
        else this.#atWork.add(event.runId);
        yield* this.#showTyping();
        return;
      case 'state':
        yield this.#stateOf({ ...event, id: sessionId });
        return;
      case 'changed':
      case 'gap':
        yield* this.#catchUp();
        return;
      case 'emitted':
        return;
    }
  }

  /**
   * A run has several phases, and may end in two places. The visitor is sent the change alone. An answer may be made while an
   * analysis is, so the assistant types until both have ended.
   */
  *#showTyping(): Generator<VisitorEvent> {
    const on = this.#atWork.size > 0;
    if (on === this.#typing) return;
    this.#typing = on;
    yield { type: 'typing', who: 'assistant', on };
  }

  /** Everything in the journal that was not read yet, through all sessions up to the latest, which is returned. */
  async *#catchUp(): AsyncGenerator<VisitorEvent, SessionRow | undefined> {
    const { store } = this.#parts;
    const latest = await store.load({ address: this.#address });
    if (!latest || (latest.id === this.#sessionId && latest.version <= this.#seq)) return latest;
    for (const { id } of await this.#sessionsUpTo(latest)) {
      if (id !== this.#sessionId) {
        this.#sessionId = id;
        this.#seq = 0;
      }
      for (let page = await store.journal(id, this.#seq, PAGE); page.length > 0; page = await store.journal(id, this.#seq, PAGE)) {
        for (const entry of page) yield* this.#read(entry);
      }
    }
    return latest;
  }

  /** From the session that was read last, which must be one of this address, to the latest. */
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
    if (entry.kind === 'run') this.#run = { seq: entry.seq, runId: runIdOf(entry) };
    const author = AUTHORS[entry.kind];
    if (entry.author !== null && (entry.kind === 'agent.message' || entry.text === 'agent.claim')) this.#agentName = entry.author;
    if (author === undefined || entry.text === null) return;
    const delivery = entry.delivery?.status;
    const file = fileOf(entry);
    yield {
      type: 'message',
      id: `${entry.sessionId}.${entry.seq}`,
      author,
      text: entry.text,
      ...(file === undefined ? {} : { file }),
      at: entry.at,
      ...(author === 'agent' && entry.author !== null ? { name: entry.author } : {}),
      ...(author === 'customer' && entry.eventId !== null ? { clientId: entry.eventId } : {}),
      ...(delivery === undefined ? {} : { delivery: { status: delivery } }),
      ...(author === 'assistant' && this.#run?.seq === entry.seq - 1 ? { runId: this.#run.runId } : {}),
    };
  }

  #stateOf({ state, handler, id, open }: Pick<SessionRow, 'state' | 'handler' | 'id' | 'open'>): VisitorEvent {
    const name = handler === 'human' ? this.#agentName : undefined;
    return { type: 'state', state, handler, sessionId: id, open, ...(name === undefined ? {} : { name }) };
  }
}

const AUTHORS: Readonly<Record<string, 'customer' | 'assistant' | 'agent' | 'system'>> = {
  'customer.message': 'customer',
  'assistant.message': 'assistant',
  'agent.message': 'agent',
  'system.message': 'system',
};

function runIdOf({ sessionId, payload }: JournalEntry): string {
  const stimulus: unknown = Reflect.get(Object(payload), 'stimulus');
  return `${sessionId}.${String(Reflect.get(Object(stimulus), 'serial'))}`;
}

/** What an entry of `file.send` sent. */
function fileOf({ payload }: JournalEntry): FileRef | undefined {
  if (Reflect.get(Object(payload), 'effect') !== 'file.send') return undefined;
  return fileSendParams.safeParse(Reflect.get(Object(payload), 'params')).data?.file;
}
