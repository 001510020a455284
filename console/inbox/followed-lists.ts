/**
 * FollowedLists follows the list of each tab at the gateway, and loads the further pages of lists
 * that are longer than what comes at first.
 *
 * Invariants
 * 1. A page is asked for once, until it came or failed. One that failed in passing is asked for
 *    again.
 * 2. A list that began anew meanwhile goes on with its own next page.
 */
import type { ConsoleClient } from '../client/client.ts';
import { CommandError } from '../client/request.ts';
import { filterOf, type List, missingPage } from './lists.ts';
import { FOLLOWED_TABS, type FollowedTab } from './tabs.ts';

export interface FollowedListsParts {
  readonly client: Pick<ConsoleClient, 'send'>;
  /** The list of a tab as it is now. */
  readonly listOf: (tab: FollowedTab) => List;
  readonly setTimer: (run: () => void, ms: number) => () => void;
}

export class FollowedLists {
  readonly #parts: FollowedListsParts;
  readonly #tabs = new Map<string, FollowedTab>();
  /** The page that is asked for, by topic. */
  readonly #asked = new Map<string, string>();

  constructor(parts: FollowedListsParts) {
    this.#parts = parts;
  }

  start(agentId: string): void {
    for (const tab of FOLLOWED_TABS) {
      this.#parts.client.send({ type: 'subscribe', topic: 'inbox', filter: filterOf(tab, agentId) }).then(
        ({ topic }) => void (topic !== undefined && this.#tabs.set(topic, tab)),
        () => undefined,
      );
    }
  }

  tabOf(topic: string): FollowedTab | undefined {
    return this.#tabs.get(topic);
  }

  loadMoreOf(tab: FollowedTab): void {
    for (const [topic, of] of this.#tabs) if (of === tab) this.loadMore(topic);
  }

  /** Asks for the page that the list lacks, if it lacks one. */
  loadMore(topic: string): void {
    const { client, listOf, setTimer } = this.#parts;
    const tab = this.#tabs.get(topic);
    const after = tab === undefined ? null : missingPage(listOf(tab));
    if (after === null || this.#asked.get(topic) === after) return;
    this.#asked.set(topic, after);
    const forget = (): void => {
      if (this.#asked.get(topic) === after) this.#asked.delete(topic);
    };
    // The page comes before the answer, and asks for the next one.
    client.send({ type: 'more', topic, after }).then(forget, (error: unknown) => {
      const ms = error instanceof CommandError ? error.retryAfterMs : undefined;
      if (ms === undefined) return forget();
      setTimer(() => {
        forget();
        this.loadMore(topic);
      }, ms);
    });
  }
}
