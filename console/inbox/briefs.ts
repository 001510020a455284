/**
 * Briefs are what an agent reads first of a conversation that they take over, by session. One is
 * asked for once, and again by a press.
 */
import { SPOKEN_KINDS } from '#machines/session/assist.ts';
import type { AssistApi, Brief } from './assist-api.ts';
import type { Entry } from './transcript.ts';

export type BriefState =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; readonly brief?: Brief | undefined }
  | { readonly kind: 'ready'; readonly brief: Brief }
  | { readonly kind: 'failed'; readonly brief?: Brief | undefined };

const NONE: BriefState = { kind: 'none' };
/** Sessions whose briefs are remembered. */
const MOST = 50;

export class Briefs {
  readonly #api: Pick<AssistApi, 'brief'>;
  readonly #language: string;
  readonly #listeners = new Set<() => void>();
  readonly #states = new Map<string, BriefState>();

  /** @param language of the agent. */
  constructor(api: Pick<AssistApi, 'brief'>, language: string) {
    this.#api = api;
    this.#language = language;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  of(sessionId: string): BriefState {
    return this.#states.get(sessionId) ?? NONE;
  }

  /** Does nothing if it was asked for already, unless `refresh` is true. */
  async load(sessionId: string, refresh = false): Promise<void> {
    const known = this.of(sessionId);
    if (known.kind === 'loading' || (known.kind !== 'none' && !refresh)) return;
    const before = known.kind === 'none' ? undefined : known.brief;
    this.#set(sessionId, { kind: 'loading', brief: before });
    try {
      this.#set(sessionId, { kind: 'ready', brief: await this.#api.brief(sessionId, this.#language, refresh) });
    } catch {
      this.#set(sessionId, { kind: 'failed', brief: before });
    }
  }

  #set(sessionId: string, state: BriefState): void {
    this.#states.delete(sessionId);
    this.#states.set(sessionId, state);
    const [oldest] = this.#states.keys();
    if (this.#states.size > MOST && oldest !== undefined) this.#states.delete(oldest);
    for (const listener of this.#listeners) listener();
  }
}

/** Messages and notes that came after the brief was made. */
export function behind({ at, behind: then }: Brief, entries: readonly Entry[]): number {
  return Math.max(then, entries.filter((entry) => SPOKEN_KINDS.has(entry.kind) && entry.at > at).length);
}
