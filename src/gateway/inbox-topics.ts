/**
 * InboxTopics follows lists of sessions for all connections of this instance. Connections with the
 * same filter share a topic.
 *
 * Invariants
 * 1. A turn is matched, and made JSON, once for each topic, however many connections follow it.
 * 2. A topic begins to watch before its list is loaded, and a list is followed by the turns since
 *    its loading began. So no turn falls between the two, also for a reader that gets a list which
 *    was loaded for another one, and no list replaces what is newer.
 * 3. Lists that are needed at the same time are loaded once. After a gap none from before is used.
 * 4. At most `MOST_LOADS` lists are loaded at the same time.
 */
import { createHash } from 'node:crypto';
import type { Actors } from '#actors/contract/api.ts';
import type { PassingEvent, SessionsEvent } from '#actors/contract/live-events.ts';
import type { InboxFilter, PresenceMessage, ServerMessage } from '#console/client/protocol.ts';
import type { SessionFilter, SessionRow, Store } from '#storage/port.ts';
import { type CardParts, cardOf, cardOfSummary } from './session-card.ts';

/** Sessions of a list. The rest is found by narrower filters and search. */
const LIST_LENGTH = 500;
const PAGE = 100;
/** How long a loaded list serves others that need it, in milliseconds. After a gap all need it. */
const SHARED_MS = 250;
/** More would not be faster, and turns need the store too. */
const MOST_LOADS = 4;

export interface InboxReader {
  /** A turn of a session, as JSON text. */
  turn(text: string): void;
  /** Something passing in a session, with its JSON text. */
  passing(text: string, sessionId: string, event: PassingEvent): void;
  /** Something was missed. The reader needs the list again. */
  refresh(): void;
}

export interface InboxTopicsOptions extends CardParts {
  readonly actors: Pick<Actors, 'watchSessions'>;
  readonly store: Pick<Store, 'sessions'>;
  readonly viewersOf: (sessionIds: ReadonlySet<string>) => PresenceMessage[];
}

interface Topic {
  readonly id: string;
  readonly filter: Omit<SessionFilter, 'address'>;
  readonly readers: Set<InboxReader>;
  readonly stop: () => void;
  list: List | undefined;
}

interface List {
  readonly text: Promise<string>;
  /** The latest turn of each session since its loading began, as JSON text. */
  readonly since: Map<string, string>;
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
      if (topic.list !== undefined) topic.list.isStale = true;
      this.#topics.delete(id);
    };
  }

  /**
   * Loads the list of a topic, then calls `send` with messages that give a reader the list as it is
   * at that moment, as JSON texts. Nothing if nobody follows the topic.
   */
  async list(id: string, send: (text: string) => void): Promise<void> {
    for (let topic = this.#topics.get(id); topic !== undefined; topic = this.#topics.get(id)) {
      const list = topic.list ?? this.#share(topic);
      const text = await list.text;
      if (list.isStale) continue;
      send(text);
      for (const turn of list.since.values()) send(turn);
      return;
    }
  }

  #share(topic: Topic): List {
    const list: List = { text: this.#loadInTurn(topic), since: new Map(), isStale: false };
    topic.list = list;
    const forget = (): void => {
      if (topic.list === list) topic.list = undefined;
    };
    list.text.then(() => setTimeout(forget, SHARED_MS).unref(), forget);
    return list;
  }

  #begin(id: string, filter: Topic['filter']): Topic {
    const stop = this.#options.actors.watchSessions({ filter }, (event) => this.#pass(id, event));
    const topic: Topic = { id, filter, readers: new Set(), stop, list: undefined };
    this.#topics.set(id, topic);
    return topic;
  }

  #pass(id: string, event: SessionsEvent): void {
    const topic = this.#topics.get(id);
    if (topic === undefined) return;
    if (event.type === 'gap') {
      if (topic.list !== undefined) topic.list.isStale = true;
      topic.list = undefined;
      for (const reader of topic.readers) reader.refresh();
      return;
    }
    const message = messageOf(id, event, this.#options);
    if (message === undefined) return;
    const text = JSON.stringify(message);
    if (event.type === 'live') {
      for (const reader of topic.readers) reader.passing(text, event.sessionId, event.event);
      return;
    }
    topic.list?.since.set(event.type === 'left' ? event.sessionId : event.session.id, text);
    for (const reader of topic.readers) reader.turn(text);
  }

  async #loadInTurn(topic: Topic): Promise<string> {
    if (this.#loads < MOST_LOADS) this.#loads += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#load(topic);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#loads -= 1;
      else next();
    }
  }

  async #load({ id, filter, readers }: Topic): Promise<string> {
    const { store, viewersOf } = this.#options;
    const rows: SessionRow[] = [];
    let cursor: string | null | undefined;
    while (readers.size > 0 && cursor !== null && rows.length < LIST_LENGTH) {
      const page = await store.sessions(filter, PAGE, cursor);
      rows.push(...page.items);
      cursor = page.next;
    }
    const sessions = rows.map((row) => cardOf(row, this.#options));
    const presence = viewersOf(new Set(rows.map((row) => row.id)));
    return JSON.stringify({ type: 'inbox', topic: id, sessions, more: cursor !== null, presence } satisfies ServerMessage);
  }
}

function messageOf(topic: string, event: Exclude<SessionsEvent, { readonly type: 'gap' }>, parts: CardParts): ServerMessage | undefined {
  if (event.type === 'session') return { type: 'session', topic, session: cardOfSummary(event.session, parts) };
  if (event.type === 'left') return { type: 'left', topic, sessionId: event.sessionId, version: event.version };
  const { sessionId, event: passing } = event;
  switch (passing.type) {
    case 'presence':
      return { ...passing, sessionId };
    case 'attention':
      return { ...passing, topic, sessionId };
    case 'typing':
      return { type: 'typing', sessionId, at: passing.at };
    case 'run':
      return { type: 'run', sessionId, runId: passing.runId, phase: passing.phase };
    default:
      return undefined;
  }
}

function definedIn(filter: InboxFilter): Topic['filter'] {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** The same for the same filter, on every instance, so that a client can follow it elsewhere. */
export function topicOf(filter: InboxFilter): string {
  const canonical = JSON.stringify(Object.entries(definedIn(filter)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `inbox:${createHash('sha256').update(canonical).digest('base64url').slice(0, 16)}`;
}
