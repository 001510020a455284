/** Range and filters. */
import { type ReactNode, useId, useRef } from 'react';
import { type Days, FILTERS, type FilterName, type Place, RANGES } from './place.ts';
import type { AnalyticsWords } from './strings.ts';

interface FilterBarProps {
  readonly words: AnalyticsWords;
  readonly place: Place;
  readonly days: Days;
  readonly timeZone: string;
  readonly today: string;
  /** The values that the range has. */
  readonly options: Readonly<Record<FilterName, readonly string[]>>;
  readonly nameOfAgent: (id: string) => string;
  readonly nameOfKey: (key: string) => string;
  readonly count: (value: number) => string;
  readonly show: (place: Place) => void;
}

export function FilterBar({
  words,
  place,
  days,
  timeZone,
  today,
  options,
  nameOfAgent,
  nameOfKey,
  count,
  show,
}: FilterBarProps): ReactNode {
  const id = useId();
  // A value that is filtered by hides the others, so those seen before stay.
  const seen = useRef<Record<FilterName, Set<string>>>({ channel: new Set(), assistant: new Set(), queue: new Set(), agent: new Set() });
  for (const name of FILTERS) for (const value of options[name]) seen.current[name].add(value);
  const nameOf = (filter: FilterName, value: string): string =>
    filter === 'agent' ? nameOfAgent(value) : filter === 'queue' ? nameOfKey(value) : value;
  const choose = (name: FilterName, value: string): void => {
    const { [name]: _, ...rest } = place.filter;
    show({ ...place, filter: value === '' ? rest : { ...rest, [name]: value } });
  };
  return (
    <search className="filters">
      <label>
        <span>{words.range}</span>
        <select
          value={place.range}
          onChange={({ target }) => {
            const range = RANGES.find((one) => one === target.value) ?? '28';
            show({ ...place, range, ...(range === 'custom' ? days : {}) });
          }}
        >
          {RANGES.map((range) => (
            <option key={range} value={range}>
              {range === '7' || range === '28' || range === '90' ? words.lastDays(count(Number(range))) : words.ranges[range]}
            </option>
          ))}
        </select>
      </label>
      {place.range === 'custom' &&
        (['from', 'to'] as const).map((end) => (
          <label key={end}>
            <span>{words[end]}</span>
            <input
              type="date"
              value={days[end]}
              max={today}
              onChange={({ target }) => {
                const next = { ...days, [end]: target.value };
                if (target.value !== '') show({ ...place, ...(next.from > next.to ? { from: target.value, to: target.value } : next) });
              }}
            />
          </label>
        ))}
      {FILTERS.map((name) => {
        const values = [...new Set([...seen.current[name], ...(place.filter[name] === undefined ? [] : [place.filter[name]])])];
        if (values.length === 0) return null;
        return (
          <label key={name}>
            <span>{words.filters[name]}</span>
            <select value={place.filter[name] ?? ''} onChange={({ target }) => choose(name, target.value)}>
              <option value="">{words.any}</option>
              {values.map((value) => (
                <option key={value} value={value}>
                  {nameOf(name, value)}
                </option>
              ))}
            </select>
          </label>
        );
      })}
      <label className="filters-zone">
        <span>{words.zone}</span>
        <select value={timeZone} onChange={({ target }) => show({ ...place, zone: target.value })}>
          {[...new Set([timeZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])].map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </select>
      </label>
      <label className="filters-check" htmlFor={id}>
        <input id={id} type="checkbox" checked={place.compare} onChange={({ target }) => show({ ...place, compare: target.checked })} />
        <span>{words.compare}</span>
      </label>
    </search>
  );
}
