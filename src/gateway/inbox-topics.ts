/**
 * InboxTopics follows lists of sessions for all connections of this instance. Connections with the
 * same filter share a topic.
 *
 * Invariants
 * 1. A turn is matched, and made JSON, once for each topic, however many connections follow it.
 * 2. A topic begins to watch before its list is loaded, and a list is followed by the turns that came
 *    since its loading began. So no turn falls between the two, also for a reader that gets a list
 *    which was loaded for another one. A reader drops a session whose version is not higher than the
 *    one it has.
 * 3. Lists that are asked for at the same time are loaded once. After a gap none from before is used.
 */
import { createHash } from 'node:crypto';
import type { Actors } from '#actors/contract/api.ts';
import { type SessionsEvent, summaryOf } from '#actors/contract/live-events.ts';
import type { InboxFilter, PresenceMessage, ServerMessage } from '#console/client/protocol.ts';
import type { SessionPreview } from '#machines/definition.ts';
import type { SessionFilter, SessionRow, Store } from '#storage/port.ts';

/** Sessions of a list. The rest is found by narrower filters and search. */
const LIST_LENGTH = 500;
const PAGE = 100;
/** How long a loaded list serves others that ask, in milliseconds. A gap makes all ask at once. */
const SHARED_MS = 250;

export interface InboxReader {
  /** An event as JSON text. */
  readonly event: (text: string) => void;
  /** Something was missed. The reader needs the list again. */
  readonly gap: () => void;
}

export interface InboxTopicsOptions {
  readonly actors: Pick<Actors, 'watchSessions'>;
  readonly store: Pick<Store, 'sessions'>;
  readonly preview: (row: SessionRow) => SessionPreview | null;
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

  constructor(options: InboxTopicsOptions) {
    this.#options = options;
  }

  /** @returns the topic's id, and what ends the subscription. */
  follow(given: InboxFilter, reader: InboxReader): { readonly id: string; readonly stop: () => void } {
    const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const id = topicOf(filter);
    const topic = this.#topics.get(id) ?? this.#begin(id, filter);
    topic.readers.add(reader);
    return {
      id,
      stop: () => {
        if (!topic.readers.delete(reader) || topic.readers.size > 0) return;
        topic.stop();
        this.#topics.delete(id);
      },
    };
  }

  /** Messages that give a reader the list of a topic as it is now, as JSON texts. */
  async list(id: string): Promise<readonly string[]> {
    for (let topic = this.#topics.get(id); topic !== undefined; topic = this.#topics.get(id)) {
      const list = topic.list ?? this.#share(topic);
      const text = await list.text;
      if (!list.isStale) return [text, ...list.since.values()];
    }
    return [];
  }

  #share(topic: Topic): List {
    const list: List = { text: this.#load(topic), since: new Map(), isStale: false };
    topic.list = list;
    const forget = (): void => {
      if (topic.list === list) topic.list = undefined;
    };
    list.text.then(() => setTimeout(forget, SHARED_MS).unref(), forget);
    return list;
  }

  #begin(id: string, filter: Topic['filter']): Topic {
    const readers = new Set<InboxReader>();
    const stop = this.#options.actors.watchSessions({ filter }, (event) => this.#pass(id, event));
    const topic: Topic = { id, filter, readers, stop, list: undefined };
    this.#topics.set(id, topic);
    return topic;
  }

  #pass(id: string, event: SessionsEvent): void {
    const topic = this.#topics.get(id);
    if (topic === undefined) return;
    if (event.type === 'gap') {
      if (topic.list !== undefined) topic.list.isStale = true;
      topic.list = undefined;
      for (const { gap } of topic.readers) gap();
      return;
    }
    const message = messageOf(id, event);
    if (message === undefined) return;
    const text = JSON.stringify(message);
    if (event.type !== 'live') topic.list?.since.set(event.type === 'left' ? event.sessionId : event.session.id, text);
    for (const { event: send } of topic.readers) send(text);
  }

  async #load({ id, filter }: Topic): Promise<string> {
    const { store, preview, viewersOf } = this.#options;
    const rows: SessionRow[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await store.sessions(filter, PAGE, cursor ?? undefined);
      rows.push(...page.items);
      cursor = page.next;
    } while (cursor !== null && rows.length < LIST_LENGTH);
    const sessions = rows.map((row) => ({ ...summaryOf(row, preview(row)), tags: [...row.tags] }));
    const presence = viewersOf(new Set(rows.map((row) => row.id)));
    return JSON.stringify({ type: 'inbox', topic: id, sessions, more: cursor !== null, presence } satisfies ServerMessage);
  }
}

function messageOf(topic: string, event: Exclude<SessionsEvent, { readonly type: 'gap' }>): ServerMessage | undefined {
  if (event.type === 'session') return { type: 'session', topic, session: { ...event.session, tags: [...event.session.tags] } };
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

/** The same for the same filter, on every instance, so that a client can follow it elsewhere. */
function topicOf(filter: object): string {
  const canonical = JSON.stringify(Object.entries(filter).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `inbox:${createHash('sha256').update(canonical).digest('base64url').slice(0, 16)}`;
}
