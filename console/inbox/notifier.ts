/**
 * Notifier draws the agent's attention to what happens out of sight, by a notification of the
 * computer and a short sound.
 */
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
}

export class Notifier {
  readonly #parts: NotifierParts;
  readonly #notifiedAt = new Map<string, number>();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  receive({ kind, sessionId, card, reason = '' }: News): void {
    const { strings, preferences, hidden, now, show, play } = this.#parts;
    const before = this.#notifiedAt.get(sessionId) ?? Number.NEGATIVE_INFINITY;
    if (now() - before < QUIET_MS) return;
    const isAttention = kind === 'attention';
    if (!isAttention && !hidden()) return;
    this.#notifiedAt.set(sessionId, now());
    if (preferences().sound) play();
    if (!preferences().notifications || !hidden()) return;
    const customer = card === undefined ? '' : customerOf(card, strings);
    const title = isAttention ? this.#callOf(reason) : strings.news.message(customer);
    show(title, [isAttention ? customer : '', card?.preview?.last?.text].filter(Boolean).join('\n'), sessionId);
  }

  #callOf(reason: string): string {
    const { news } = this.#parts.strings;
    if (reason === 'mention') return this.#parts.strings.tools.mentions.news;
    if (reason === 'snooze_over') return news.woke;
    return reason.startsWith('not_sent') ? news.notSent : news.attention;
  }
}
