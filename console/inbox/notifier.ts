/**
 * Notifier draws the agent's attention to what happens out of sight. It shows a notification of the
 * computer, plays a short sound, and puts the number of sessions with news into the title.
 */
import { titled } from '../text/unread.ts';
import { customerOf } from './lists.ts';
import type { News } from './news.ts';
import type { Preferences } from './preferences.ts';
import type { Strings } from './strings.ts';

/** One session makes no second sound within this time, in milliseconds. */
const QUIET_MS = 3_000;

export interface NotifierParts {
  readonly strings: Strings;
  readonly preferences: () => Preferences;
  /** The page is out of the agent's sight. */
  readonly hidden: () => boolean;
  readonly now: () => number;
  readonly show: (title: string, body: string, sessionId: string) => void;
  readonly play: () => void;
  readonly title: { get(): string; set(title: string): void };
}

export class Notifier {
  readonly #parts: NotifierParts;
  readonly #unread = new Set<string>();
  readonly #notifiedAt = new Map<string, number>();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  receive({ kind, sessionId, card }: News): void {
    const { strings, preferences, hidden, now, show, play } = this.#parts;
    if (hidden()) {
      this.#unread.add(sessionId);
      this.#count();
    }
    const before = this.#notifiedAt.get(sessionId) ?? Number.NEGATIVE_INFINITY;
    if (now() - before < QUIET_MS) return;
    const isAttention = kind === 'attention';
    if (!isAttention && !hidden()) return;
    this.#notifiedAt.set(sessionId, now());
    if (preferences().sound) play();
    if (!preferences().notifications || !hidden()) return;
    const customer = card === undefined ? '' : customerOf(card, strings);
    const title = isAttention ? strings.news.attention : strings.news.message(customer);
    show(title, [isAttention ? customer : '', card?.preview?.last?.text].filter(Boolean).join('\n'), sessionId);
  }

  /** The page is in sight again. */
  seen(): void {
    this.#unread.clear();
    this.#count();
  }

  #count(): void {
    const { title } = this.#parts;
    title.set(titled(title.get(), this.#unread.size));
  }
}
