/**
 * InboxTopics follows lists of sessions for all connections of this instance. Connections with the
 * same filter share a topic.
 *
 * Owns: which connections follow which topic, loading its list in pages. Does not own: what waits
 * for the next round (topic-changes.ts), when that is (fan-out.ts).
 *
 * Invariants
 * 1. A turn is matched once for each topic, and is in one message for all connections that follow
 *    it. Of the turns of a session since the last message the latest is sent.
 * 2. A topic begins to watch before its list is loaded, and a page of the list is followed by the
 *    changes since its loading began. So no turn falls between the two, also for a reader that gets
 *    a page which was loaded for another one, and no page replaces what is newer.
 * 3. Pages that are needed at the same time are loaded once. After a gap none from before is used.
 * 4. At most `MOST_LOADS` pages are loaded at the same time.
 */
import { createHash } from 'node:crypto';
import type { Actors } from '#actors/contract/api.ts';
import type { SessionsEvent } from '#actors/contract/live-events.ts';
import type { InboxFilter, PresenceMessage } from '#console/client/protocol.ts';
import type { SessionFilter, SessionRow, Store } from '#storage/port.ts';
import type { FanOut } from './fan-out.ts';
import { frameOf } from './frame.ts';
import { type CardParts, cardOf } from './session-card.ts';
import { type ChangesReader, changesMessage, type SessionChange, TopicChanges } from './topic-changes.ts';

/** Sessions of one page. */
const PAGE = 500;
/** Sessions that are read from the store at once. */
const READ = 100;
/** How long a loaded page serves others that need it, in milliseconds. After a gap all need it. */
const SHARED_MS = 250;
/** More would not be faster, and turns need the store too. */
const MOST_LOADS = 4;

export interface InboxReader extends ChangesReader {
  /** Something was missed. The reader needs the list again. */
  refresh(): void;
}

export interface InboxTopicsOptions extends CardParts {
  readonly actors: Pick<Actors, 'watchSessions'>;
  readonly store: Pick<Store, 'sessions'>;
  readonly fanOut: Pick<FanOut, 'add' | 'remove'>;
  readonly viewersOf: (sessionIds: ReadonlySet<string>) => PresenceMessage[];
}

interface Topic {
  readonly id: string;
  readonly filter: Omit<SessionFilter, 'address'>;
  readonly readers: Set<InboxReader>;
  readonly changes: TopicChanges;
  readonly stop: () => void;
  /** By the cursor after which they begin. */
  readonly pages: Map<string | null, Page>;
}

interface Page {
  readonly frame: Promise<Buffer>;
  /** The latest turn of each session since its loading began. */
  readonly since: Map<string, SessionChange>;
  /** The message of `since`, until it changes. */
  sinceFrame: Buffer | undefined;
  /** Something was missed since then. */
  isStale: boolean;
}

export class InboxTopics {
  readonly #options: InboxTopicsOptions;
  readonly #topics = new Map<string, Topic>();
  #loads = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: InboxTopicsOptions) {
    this.#options = options;
  }

  /** @returns what ends the subscription. */
  follow(given: InboxFilter, reader: InboxReader): () => void {
    const id = topicOf(given);
    const topic = this.#topics.get(id) ?? this.#begin(id, definedIn(given));
    topic.readers.add(reader);
    return () => {
      if (!topic.readers.delete(reader) || topic.readers.size > 0) return;
      topic.stop();
      this.#options.fanOut.remove(topic.changes);
      forgetPages(topic);
      this.#topics.delete(id);
    };
  }

  /**
   * Loads a page of a topic's list, then calls `send` with messages that give a reader the page as
   * it is at that moment. Nothing if nobody follows the topic.
   *
   * @param after null for the first page, or the `next` of the page before.
   */
  async page(id: string, after: string | null, send: (frame: Buffer) => void): Promise<void> {
    for (let topic = this.#topics.get(id); topic !== undefined; topic = this.#topics.get(id)) {
      const page = topic.pages.get(after) ?? this.#share(topic, after);
      const frame = await page.frame;
      if (page.isStale) continue;
      send(frame);
      if (page.since.size > 0) {
        page.sinceFrame ??= frameOf(changesMessage(id, page.since.values(), this.#options));
        send(page.sinceFrame);
      }
      return;
    }
  }

  #share(topic: Topic, after: string | null): Page {
    const page: Page = { frame: this.#loadInTurn(topic, after), since: new Map(), sinceFrame: undefined, isStale: false };
    topic.pages.set(after, page);
    const forget = (): void => {
      if (topic.pages.get(after) === page) topic.pages.delete(after);
    };
    page.frame.then(() => setTimeout(forget, SHARED_MS).unref(), forget);
    return page;
  }

  #begin(id: string, filter: Topic['filter']): Topic {
    const readers = new Set<InboxReader>();
    const changes = new TopicChanges(id, readers, this.#options);
    const stop = this.#options.actors.watchSessions({ filter }, (event) => this.#pass(id, event));
    const topic: Topic = { id, filter, readers, changes, stop, pages: new Map() };
    this.#topics.set(id, topic);
    return topic;
  }

  #pass(id: string, event: SessionsEvent): void {
    const topic = this.#topics.get(id);
    if (topic === undefined) return;
    const { changes, pages, readers } = topic;
    if (event.type === 'gap') {
      changes.clear();
      forgetPages(topic);
      for (const reader of readers) reader.refresh();
      return;
    }
    if (event.type === 'live') {
      if (changes.passing(event.sessionId, event.event)) this.#options.fanOut.add(changes);
      return;
    }
    const sessionId = event.type === 'left' ? event.sessionId : event.session.id;
    for (const page of pages.values()) {
      page.since.set(sessionId, event);
      page.sinceFrame = undefined;
    }
    changes.turn(sessionId, event);
    this.#options.fanOut.add(changes);
  }

  async #loadInTurn(topic: Topic, after: string | null): Promise<Buffer> {
    if (this.#loads < MOST_LOADS) this.#loads += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#load(topic, after);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#loads -= 1;
      else next();
    }
  }

  async #load({ id, filter, readers }: Topic, after: string | null): Promise<Buffer> {
    const { store, viewersOf } = this.#options;
    const rows: SessionRow[] = [];
    let next = after;
    do {
      const read = await store.sessions(filter, READ, next ?? undefined);
      rows.push(...read.items);
      next = read.next;
    } while (readers.size > 0 && next !== null && rows.length < PAGE);
    const sessions = rows.map((row) => cardOf(row, this.#options));
    const presence = viewersOf(new Set(rows.map((row) => row.id)));
    return frameOf({ type: 'inbox', topic: id, after, sessions, next, presence });
  }
}

/** Of what is being loaded, nothing is sent. */
function forgetPages({ pages }: Topic): void {
  for (const page of pages.values()) page.isStale = true;
  pages.clear();
}

function definedIn(filter: InboxFilter): Topic['filter'] {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** The same for the same filter, on every instance, so that a client can follow it elsewhere. */
export function topicOf(filter: InboxFilter): string {
  const canonical = JSON.stringify(Object.entries(definedIn(filter)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `inbox:${createHash('sha256').update(canonical).digest('base64url').slice(0, 16)}`;
}
