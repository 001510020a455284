/**
 * ReadMarks knows how much of each session the agent has seen, in the browser's storage. It counts
 * messages of the customer and notes (`news` of a card), so an answer of the assistant is nothing
 * unread.
 */
import * as z from 'zod/mini';
import type { Card, Lists } from './lists.ts';
import { standingOf } from './standing.ts';

/** By session, how many were seen. */
export type Marks = ReadonlyMap<string, number>;

const stored = z.array(z.tuple([z.string(), z.int()]));

/** Sessions that are remembered. Those that were marked longest ago leave. */
const MOST = 2_000;

export class ReadMarks {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly #key: string;
  #marks: Marks;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>, agentId: string) {
    this.#storage = storage;
    this.#key = `statechat.console.read.${agentId}`;
    this.#marks = this.#read();
  }

  /** A new map after each change. */
  get marks(): Marks {
    return this.#marks;
  }

  /** False if nothing changed. */
  set(sessionId: string, news: number): boolean {
    if (this.#marks.get(sessionId) === news) return false;
    const others = [...this.#marks].filter(([id]) => id !== sessionId);
    const marks = [...others, [sessionId, news] as const].slice(-MOST);
    this.#marks = new Map(marks);
    try {
      this.#storage.setItem(this.#key, JSON.stringify(marks));
    } catch {
      // Then it holds until the page is closed.
    }
    return true;
  }

  #read(): Marks {
    try {
      return new Map(stored.parse(JSON.parse(this.#storage.getItem(this.#key) ?? '[]')));
    } catch {
      return new Map();
    }
  }
}

export function newsOf({ preview }: Card): number {
  return preview?.news ?? 0;
}

/**
 * What is new in a session for the agent. A session that was never opened counts if it waits or is
 * the agent's own.
 */
export function unreadOf(card: Card, marks: Marks, agentId: string): number {
  const mark = marks.get(card.id);
  if (mark !== undefined) return Math.max(0, newsOf(card) - mark);
  const standing = standingOf(card, agentId);
  return standing === 'mine' || standing === 'waiting' ? newsOf(card) : 0;
}

/** How many sessions have something new for the agent. */
export function unreadSessions({
  lists,
  marks,
  agent,
}: {
  readonly lists: Lists;
  readonly marks: Marks;
  readonly agent: { readonly id: string };
}): number {
  const cards = new Map([...lists.open.sessions, ...lists.mine.sessions, ...lists.waiting.sessions]);
  return [...cards.values()].filter((card) => unreadOf(card, marks, agent.id) > 0).length;
}
