/**
 * FilteredList is the list of the tab in view, narrowed by what the agent chose. The server matches
 * the sessions, so it has more than those that the other lists have loaded.
 *
 * Invariant
 * It shows what matches the filter of now. What still comes for an earlier one is dropped.
 */
import type { ConsoleClient } from '../client/client.ts';
import type { InboxFilter, ServerMessage } from '../client/protocol.ts';
import { applyToLists, type Card, EMPTY_LISTS, filterOf, type List, listOf, ordered } from './lists.ts';
import { Observable } from './observable.ts';
import type { FollowedTab, Tab } from './tabs.ts';

export interface Narrowing {
  readonly filter: InboxFilter;
  readonly waitingMinutes?: number | undefined;
}

export interface FilteredState {
  /** Undefined if nothing is narrowed. */
  readonly narrowing: Narrowing | undefined;
  readonly tab: Tab;
  readonly list: List;
}

const NOTHING = EMPTY_LISTS.open;

export class FilteredList {
  readonly state = new Observable<FilteredState>({ narrowing: undefined, tab: 'waiting', list: NOTHING });
  readonly #client: Pick<ConsoleClient, 'send' | 'listen'>;
  readonly #agentId: string;
  readonly #stop: () => void;
  #topic: string | undefined;
  /** Numbers the filters. Only the latest goes on. */
  #number = 0;

  constructor(client: Pick<ConsoleClient, 'send' | 'listen'>, agentId: string) {
    this.#client = client;
    this.#agentId = agentId;
    this.#stop = client.listen((message) => this.#receive(message));
  }

  /** The cards in view, in their order. Undefined if nothing is narrowed. */
  shown(now: number): readonly Card[] | undefined {
    const state = this.state.snapshot();
    return state.narrowing === undefined ? undefined : narrowedCards(state, now);
  }

  stop(): void {
    this.#stop();
  }

  /**
   * Narrows the list of a tab. Without a narrowing, or with an empty one, the whole list is shown.
   */
  narrow(tab: Tab, given: Narrowing | undefined): void {
    const { narrowing: before, tab: tabBefore, list } = this.state.snapshot();
    const narrowing = given === undefined || isEmpty(given) ? undefined : given;
    const isSame = narrowing !== undefined && before !== undefined && tab === tabBefore && keyOf(narrowing) === keyOf(before);
    this.state.set({ narrowing, tab, list: isSame ? list : NOTHING });
    if (isSame) return;
    this.#number += 1;
    const number = this.#number;
    if (this.#topic !== undefined) this.#client.send({ type: 'unsubscribe', topic: this.#topic }).catch(() => undefined);
    this.#topic = undefined;
    if (narrowing === undefined) return;
    // The tab decides, so that a filter never shows what is not in its list.
    const filter = { ...narrowing.filter, ...filterOf(followed(tab), this.#agentId) };
    this.#client.send({ type: 'subscribe', topic: 'inbox', filter }).then(
      ({ topic }) => {
        if (number === this.#number) this.#topic = topic;
      },
      () => undefined,
    );
  }

  #receive(message: ServerMessage): void {
    const { tab, list, narrowing } = this.state.snapshot();
    if (narrowing === undefined || this.#topic === undefined) return;
    const own = followed(tab);
    const after = applyToLists({ ...EMPTY_LISTS, [own]: list }, (topic) => (topic === this.#topic ? own : undefined), message)[own];
    if (after !== list) this.state.set({ narrowing, tab, list: after });
  }
}

function keyOf({ filter }: Narrowing): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function isEmpty({ filter, waitingMinutes }: Narrowing): boolean {
  return waitingMinutes === undefined && Object.values(filter).every((value) => value === undefined);
}

/** The list that the server keeps for a tab. The snoozed ones are among the agent's own. */
export function followed(tab: Tab): FollowedTab {
  return tab === 'snoozed' ? 'mine' : tab;
}

/** The list of the tab. */
export function narrowedList({ tab, list }: FilteredState): List {
  return listOf({ ...EMPTY_LISTS, [followed(tab)]: list }, tab);
}

/** The cards to show, in their order. */
export function narrowedCards(state: FilteredState, now: number): readonly Card[] {
  const { tab, narrowing } = state;
  const least = (narrowing?.waitingMinutes ?? 0) * 60_000;
  const cards = ordered(tab, narrowedList(state).sessions.values());
  return least === 0 ? cards : cards.filter(({ waitingSince }) => waitingSince !== null && now - waitingSince >= least);
}
