/** Narrows the list in view, by what the agent chooses or has saved. */
import { type FormEvent, type ReactNode, useEffect, useId, useMemo, useState } from 'react';
import type { SavedFilter } from '../client/library.ts';
import type { InboxFilter } from '../client/protocol.ts';
import { followed, isEmpty, type Narrowing } from './filtered-list.ts';
import type { Saved } from './library.ts';
import { problemIn } from './library-dialog.tsx';
import { channelOf, filterOf } from './lists.ts';
import { useConsole, useDesk, useObserved } from './page-context.ts';
import type { ToolWords } from './tool-words.ts';

const STATES = ['NEW', 'ACTIVE', 'WAITING_AGENT', 'IDLE', 'CLOSED'] as const;
const MINUTES = [5, 10, 30, 60] as const;
const NONE: Narrowing = { filter: {} };

export function FilterBar({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { tools, strings, desk } = useConsole();
  const { tab, lists, colleagues, agent } = useDesk();
  const { narrowing = NONE } = useObserved(tools.filtered.state);
  const id = useId();
  const words = strings.tools.filter;
  const { filter, waitingMinutes } = narrowing;
  const known = useMemo(() => {
    const cards = [...lists.open.sessions.values(), ...lists.closed.sessions.values()];
    const each = (values: readonly (string | null)[]): readonly string[] => [...new Set(values.flatMap((value) => value ?? []))].sort();
    return {
      channel: each(cards.map(channelOf)),
      assistant: each(cards.map(({ assistant }) => assistant)),
      queue: each(cards.map(({ queue }) => queue)),
      tag: each(cards.flatMap(({ tags }) => tags)),
    };
  }, [lists]);
  const narrow = (part: Partial<Narrowing>): void => tools.filtered.narrow(tab, { ...narrowing, ...part });
  const set = (field: keyof InboxFilter, value: string): void => {
    const { [field]: _before, ...rest } = filter;
    narrow({ filter: value === '' ? rest : { ...rest, [field]: value } });
  };
  const holders = [agent, ...colleagues.filter((one) => one.id !== agent.id)];
  const states = STATES.map((state) => [state, strings.panel.states[state] ?? state] as const);
  // What the tab decides is no choice.
  const decided = filterOf(followed(tab), agent.id);
  const all = [
    ['state', words.state, states],
    ['channel', words.channel, known.channel.map(same)],
    ['assistant', words.assistant, known.assistant.map(same)],
    ['queue', words.queue, known.queue.map(same)],
    ['tag', words.tag, known.tag.map(same)],
    ['agent', words.holder, holders.map((one) => [one.id, desk.nameOf(one.id) ?? one.name] as const)],
  ] as const;
  const choices = all.filter(([field]) => !(field in decided));
  return (
    <section className="filter-bar" id="filter-bar" aria-label={words.title}>
      <SavedFilters narrowing={narrowing} />
      <div className="filter-fields">
        {choices.map(([field, label, options]) => (
          <div key={field} className="filter-field">
            <label htmlFor={`${id}-${field}`}>{label}</label>
            <select id={`${id}-${field}`} value={String(filter[field] ?? '')} onChange={({ target }) => set(field, target.value)}>
              <option value="">{words.any}</option>
              {withChosen(options, filter[field]).map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </div>
        ))}
        <div className="filter-field">
          <label htmlFor={`${id}-waiting`}>{words.waiting}</label>
          <select
            id={`${id}-waiting`}
            value={String(waitingMinutes ?? '')}
            onChange={({ target }) => narrow({ waitingMinutes: target.value === '' ? undefined : Number(target.value) })}
          >
            <option value="">{words.any}</option>
            {minuteOptions(waitingMinutes, words).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </div>
      </div>
      <div className="dialog-row end">
        <button type="button" className="link" disabled={isEmpty(narrowing)} onClick={() => tools.filtered.narrow(tab, undefined)}>
          {words.clear}
        </button>
        <button type="button" className="link" onClick={onClose}>
          {strings.dismiss}
        </button>
      </div>
    </section>
  );
}

function SavedFilters({ narrowing }: { readonly narrowing: Narrowing }): ReactNode {
  const { tools, strings } = useConsole();
  const { tab, agent } = useDesk();
  const { filters } = useObserved(tools.library.state);
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [problem, setProblem] = useState<string>();
  const id = useId();
  const words = strings.tools;
  const attempt = (request: Promise<void>): void => {
    request.then(
      () => {
        setName('');
        setProblem(undefined);
      },
      (error: unknown) => setProblem(problemIn(error, strings)),
    );
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    const { filter, waitingMinutes } = narrowing;
    const item = { kind: 'filter', name: name.trim(), filter, ...(waitingMinutes === undefined ? {} : { waitingMinutes }) } as const;
    if (item.name !== '') attempt(tools.library.save(item, shared));
  };
  return (
    <>
      {filters.length > 0 && (
        <ul className="saved-filters" aria-label={words.filter.saved}>
          {filters.map((one) => (
            <li key={one.id}>
              <button type="button" className="tag" onClick={() => tools.filtered.narrow(tab, one.item)}>
                <bdi>{one.item.name}</bdi>
              </button>
              {(!one.shared || agent.role !== 'agent') && (
                <button
                  type="button"
                  className="link"
                  aria-label={`${words.remove}: ${one.item.name}`}
                  onClick={() => attempt(tools.library.remove(one))}
                >
                  ×
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {!isEmpty(narrowing) && (
        <form className="dialog-row" onSubmit={save}>
          <label className="visually-hidden" htmlFor={id}>
            {words.filter.name}
          </label>
          <input
            id={id}
            dir="auto"
            maxLength={100}
            placeholder={words.filter.name}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          {agent.role !== 'agent' && (
            <label className="toggle">
              <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
              {words.shared}
            </label>
          )}
          <button type="submit" className="button" disabled={name.trim() === ''}>
            {words.filter.saveAs}
          </button>
        </form>
      )}
      {problem !== undefined && (
        <p className="attachment-problem" role="alert" dir="auto">
          {problem}
        </p>
      )}
    </>
  );
}

/** The filter goes along when the agent turns to another tab. */
export function useFilterFollowsTab(): void {
  const { tools } = useConsole();
  const { tab } = useDesk();
  useEffect(() => {
    const { narrowing } = tools.filtered.state.snapshot();
    tools.filtered.narrow(tab, narrowing);
  }, [tools, tab]);
}

/** How many conditions a filter has. */
export function conditionsIn({ filter, waitingMinutes }: Pick<Saved<SavedFilter>['item'], 'filter' | 'waitingMinutes'>): number {
  return Object.values(filter).filter((value) => value !== undefined).length + (waitingMinutes === undefined ? 0 : 1);
}

type Option = readonly [value: string, name: string];
const same = (value: string): Option => [value, value];

/** A saved filter may name what is in no list now. */
function withChosen(options: readonly Option[], chosen: unknown): readonly Option[] {
  return typeof chosen !== 'string' || options.some(([value]) => value === chosen) ? options : [...options, same(chosen)];
}

function minuteOptions(chosen: number | undefined, words: ToolWords['filter']): readonly Option[] {
  const all = new Set<number>([...MINUTES, ...(chosen === undefined ? [] : [chosen])]);
  return [...all].sort((a, b) => a - b).map((minutes) => [String(minutes), words.minutes(minutes)]);
}
