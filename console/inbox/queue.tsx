/**
 * The lists of sessions, a tab each, and the head of the page. Only the cards in view are drawn.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef } from 'react';
import { BubbleMark } from '../chat/icons.tsx';
import { AwaySwitch } from './away-switch.tsx';
import { conditionsIn, FilterBar, useFilterFollowsTab } from './filter-bar.tsx';
import { narrowedCards, narrowedList } from './filtered-list.ts';
import { CommandsIcon, FilterIcon, SearchIcon, SettingsIcon } from './icons.tsx';
import { type Card, listOf, MOST, ordered } from './lists.ts';
import { MentionsButton } from './mentions-dialog.tsx';
import { useConsole, useDesk, useNow, useObserved } from './page-context.ts';
import { unreadOf } from './read-marks.ts';
import { SessionCard } from './session-card.tsx';
import { TABS, type Tab } from './tabs.ts';

/** Height of a card that was not measured yet, in pixels. */
const CARD = 104;
/** Cards before the end at which more of them are loaded. */
const NEAR = 50;

export function Queue({ isFiltering }: { readonly isFiltering: boolean }): ReactNode {
  const { strings, run, tools } = useConsole();
  const { lists, tab, agent } = useDesk();
  const filtered = useObserved(tools.filtered.state);
  const { narrowing } = filtered;
  // Who has waited for long enough changes by itself.
  const now = useNow(10_000);
  const list = useMemo(() => (narrowing === undefined ? listOf(lists, tab) : narrowedList(filtered)), [narrowing, lists, tab, filtered]);
  const cards = useMemo(
    () => (narrowing === undefined ? ordered(tab, list.sessions.values()) : narrowedCards(filtered, now)),
    [tab, list, narrowing, filtered, now],
  );
  const conditions = narrowing === undefined ? 0 : conditionsIn(narrowing);
  useFilterFollowsTab();
  return (
    <section className="queue" aria-label={strings.tabsLabel}>
      <header className="queue-head">
        <span className="mark">
          <BubbleMark />
        </span>
        <div className="agent-standing">
          <span className="agent-name" dir="auto">
            {agent.name}
          </span>
          <AwaySwitch />
        </div>
        <MentionsButton />
        <button
          type="button"
          className="icon-button"
          aria-label={strings.actions.search}
          title={strings.actions.search}
          onClick={() => run('search')}
        >
          <SearchIcon />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={strings.actions.palette}
          title={strings.actions.palette}
          onClick={() => run('palette')}
        >
          <CommandsIcon />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={strings.actions.settings}
          title={strings.actions.settings}
          onClick={() => run('settings')}
        >
          <SettingsIcon />
        </button>
      </header>
      <Tabs />
      <button
        type="button"
        className="filter-button"
        aria-expanded={isFiltering}
        aria-controls="filter-bar"
        data-active={conditions > 0}
        onClick={() => run('filter')}
      >
        <FilterIcon />
        {conditions === 0 ? strings.actions.filter : strings.tools.filter.active(conditions)}
      </button>
      {isFiltering && <FilterBar onClose={() => run('filter')} />}
      <div className="tab-panel" role="tabpanel" id="sessions" aria-labelledby={`tab-${tab}`}>
        {!list.loaded && <p className="queue-state">{strings.loading}</p>}
        {list.loaded && cards.length === 0 && (
          <div className="queue-state">
            <p className="queue-state-title">{conditions > 0 ? strings.tools.filter.none : strings.empty[tab].title}</p>
            {conditions === 0 && <p>{strings.empty[tab].more}</p>}
          </div>
        )}
        {cards.length > 0 && <Cards key={tab} cards={cards} isWhole={list.next === null} />}
        {list.next !== null && cards.length >= MOST && <p className="queue-more">{strings.more(cards.length)}</p>}
      </div>
    </section>
  );
}

function Tabs(): ReactNode {
  const { desk, strings } = useConsole();
  const { tab } = useDesk();
  const onKeyDown = (event: KeyboardEvent): void => {
    const isRight = event.key === 'ArrowRight';
    if (!isRight && event.key !== 'ArrowLeft') return;
    event.preventDefault();
    const isForward = isRight === (document.documentElement.dir !== 'rtl');
    const next = TABS[(TABS.indexOf(tab) + (isForward ? 1 : TABS.length - 1)) % TABS.length] ?? tab;
    desk.showTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={strings.tabsLabel} onKeyDown={onKeyDown}>
      {TABS.map((one) => (
        <TabButton key={one} tab={one} />
      ))}
    </div>
  );
}

function TabButton({ tab }: { readonly tab: Tab }): ReactNode {
  const { desk, strings } = useConsole();
  const { lists, tab: shown } = useDesk();
  const { sessions, next } = listOf(lists, tab);
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${tab}`}
      aria-selected={tab === shown}
      aria-controls="sessions"
      tabIndex={tab === shown ? 0 : -1}
      className="tab"
      onClick={() => desk.showTab(tab)}
    >
      {strings.tabs[tab]}
      {tab !== 'closed' && sessions.size > 0 && (
        <span className="count" data-tab={tab}>
          {sessions.size}
          {next === null ? '' : '+'}
        </span>
      )}
    </button>
  );
}

function Cards({ cards, isWhole }: { readonly cards: readonly Card[]; readonly isWhole: boolean }): ReactNode {
  const { desk } = useConsole();
  const { selected, marks, agent } = useDesk();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => CARD,
    getItemKey: (index) => cards[index]?.id ?? index,
    overscan: 6,
  });
  const at = cards.findIndex(({ id }) => id === selected);
  const position = useRef(at);
  position.current = at;
  // The keys move through the list. A list that changes by itself stays where it is.
  useEffect(() => {
    if (selected !== undefined && position.current >= 0) virtual.scrollToIndex(position.current);
  }, [selected, virtual]);
  const items = virtual.getVirtualItems();
  const isNearEnd = !isWhole && (items.at(-1)?.index ?? 0) >= cards.length - NEAR;
  // Also after a page came, if the agent has come to its end too.
  useEffect(() => {
    if (isNearEnd && cards.length < MOST) desk.showMore();
  }, [desk, isNearEnd, cards.length]);
  return (
    <div className="cards-scroller" ref={scroller}>
      <ul className="cards" style={{ blockSize: virtual.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const card = cards[index];
          if (card === undefined) return null;
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              aria-setsize={isWhole ? cards.length : -1}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              <SessionCard
                card={card}
                isSelected={card.id === selected}
                unread={unreadOf(card, marks, agent.id)}
                onSelect={() => desk.select(card.id)}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}
