/** The page, whose state is in the address. */
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import { useLoaded } from '../inbox/use-loaded.ts';
import type { AnalyticsApi, Asked, Figures, Measured } from './analytics-api.ts';
import { BarList } from './bar-list.tsx';
import { FilterBar } from './filter-bar.tsx';
import { type PageFigures, pageFigures } from './page-figures.ts';
import { daysOf, type FilterName, hashOf, type Place, stepOf } from './place.ts';
import { RetentionTable } from './retention-table.tsx';
import { SessionsBehind } from './sessions-behind.tsx';
import type { AnalyticsWords } from './strings.ts';
import { TimeChart } from './time-chart.tsx';
import type { ValueFormat } from './value-format.ts';

export interface AnalyticsPageProps {
  readonly api: AnalyticsApi;
  readonly words: AnalyticsWords;
  readonly format: ValueFormat;
  readonly time: (at: number) => string;
  readonly timeZone: string;
  /** The day of the viewer, such as `2026-11-30`. */
  readonly today: string;
  readonly rtl: boolean;
  readonly place: Place;
  readonly show: (place: Place) => void;
  readonly save: (content: Blob, name: string) => void;
}

/** Figures are read again so often, in milliseconds. */
const AGAIN_MS = 30_000;

export function AnalyticsPage(props: AnalyticsPageProps): ReactNode {
  const { api, words, format, time, timeZone, today, rtl, place, show, save } = props;
  const days = daysOf(place, today);
  const filterKey = JSON.stringify([days, timeZone, place.filter]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: The key has all of it.
  const asked = useMemo((): Asked => ({ ...days, timeZone, filter: place.filter }), [filterKey]);
  const step = stepOf(asked);
  const { compare } = place;
  const load = useCallback(() => pageFigures(api, asked, { step, compare }), [api, asked, step, compare]);
  const { loaded, reload } = useLoaded(load);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void reload();
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const [hasFailed, setFailed] = useState(false);
  const behindKey = JSON.stringify(place.behind);
  // biome-ignore lint/correctness/useExhaustiveDependencies: The key has all of it.
  const behind = useMemo(() => place.behind, [behindKey]);

  const download = (): void => {
    setFailed(false);
    api.csv(asked, step).then(
      (content) => save(content, `analytics-${asked.from}-${asked.to}.csv`),
      () => setFailed(true),
    );
  };
  const shown = loaded.status === 'loaded' ? loaded.value : undefined;
  const nameOfAgent = (id: string): string => shown?.names.get(id) ?? id;
  const nameOfKey = (key: string): string => words.keys[key] ?? key;
  return (
    <div className="analytics">
      <header className="analytics-head">
        <a href="/console">{words.console}</a>
        <h1>{words.title}</h1>
        <button type="button" className="button" onClick={download}>
          {words.csv}
        </button>
      </header>
      <main className="analytics-main">
        <FilterBar
          {...{ words, place, show, days, timeZone, today, nameOfAgent, nameOfKey }}
          count={format.count}
          options={optionsOf(shown)}
        />
        {(hasFailed || loaded.status === 'failed') && (
          <p className="bad-notice" role="alert">
            {words.failed}{' '}
            <button type="button" className="button" onClick={() => void reload()}>
              {words.retry}
            </button>
          </p>
        )}
        {loaded.status === 'loading' && <p className="panel-hint">{words.loading}</p>}
        {shown !== undefined && contentOf(shown)}
      </main>
    </div>
  );

  function contentOf({ overview, keyed, channels, queues, agents, customers, retention }: PageFigures): ReactNode {
    const all = new Map(overview.measures.map((one) => [one.name, one]));
    const keys = new Map(keyed.measures.map((one) => [one.name, one]));
    const chosen = all.get(place.measure)?.available ? place.measure : [...all.values()].find(({ available }) => available)?.name;
    const measured = chosen === undefined ? undefined : all.get(chosen);
    const { complete, backTo } = overview.progress;
    const isEmpty = overview.measures.every(({ groups }) => (groups[0]?.total.n ?? 0) === 0);
    const meanOf = (name: string): string | undefined => {
      const mean = keys.get('analysis_time_by_subject')?.groups.find((group) => group.name === name)?.total.value;
      return mean == null ? undefined : words.onAverage(format.value('milliseconds', mean));
    };
    const toSessions = (measure: string) => (key: string) => hashOf({ ...place, behind: { measure, key } });
    const toFilter = (name: FilterName) => (value: string) => hashOf({ ...place, filter: { ...place.filter, [name]: value } });
    const list = (title: string, of: Measured | undefined, hrefOf: (key: string) => string, nameOf = nameOfKey) => (
      <BarList {...{ title, words, format, nameOf, hrefOf }} measured={of} {...(of?.name === 'analyses' ? { more: meanOf } : {})} />
    );
    return (
      <>
        {!complete && (
          <p className="notice" role="status">
            {words.behindCount(backTo === null ? '…' : time(backTo))}
          </p>
        )}
        {behind !== undefined && (
          <SessionsBehind
            {...{ api, asked, words, time, nameOfAgent }}
            of={behind}
            name={nameOfKey(behind.key)}
            onClose={() => show({ ...place, behind: undefined })}
          />
        )}
        {isEmpty && <p className="notice">{words.empty}</p>}
        <section aria-labelledby="overview">
          <h2 id="overview">{words.overview}</h2>
          <ul className="tiles">
            {overview.measures.map((one) => (
              <li key={one.name}>{tileOf(one, one.name === chosen)}</li>
            ))}
          </ul>
          {measured !== undefined && !isEmpty && (
            <div className="figure-panel">
              <h3>{words.measures[measured.name]}</h3>
              <TimeChart
                title={words.measures[measured.name] ?? measured.name}
                unit={measured.unit}
                starts={overview.starts}
                figures={measured.groups[0]?.steps ?? []}
                {...{ step, words, format, rtl }}
              />
            </div>
          )}
        </section>
        {!isEmpty && (
          <>
            <Panels id="conversations" title={words.sections.conversations}>
              {list(words.panels.channels, channels.measures[0], toFilter('channel'))}
              {list(words.panels.outcomes, keys.get('sessions_closed'), toSessions('sessions_closed'))}
              {list(words.panels.questions, keys.get('questions'), toSessions('questions'))}
              {list(words.panels.intents, keys.get('intents'), toSessions('intents'))}
            </Panels>
            <Panels id="people" title={words.sections.people}>
              {list(words.panels.handovers, keys.get('handovers'), toSessions('handovers'))}
              {list(words.panels.queues, queues.measures[0], toFilter('queue'))}
              {list(words.panels.waits, keys.get('waits'), toSessions('waits'))}
              {list(words.panels.agents, agents.measures[0], toFilter('agent'), nameOfAgent)}
              {list(words.panels.ratings, keys.get('ratings'), toSessions('ratings'), (score) =>
                words.stars(format.count(Number(score)), format.count(5)),
              )}
            </Panels>
            <Panels id="assistants" title={words.sections.assistant}>
              {list(words.panels.subjects, keys.get('analyses'), toSessions('analyses'))}
              {list(words.panels.errors, keys.get('errors'), toSessions('errors'))}
            </Panels>
            <section aria-labelledby="customers">
              <h2 id="customers">{words.sections.customers}</h2>
              <p className="panel-hint">{words.customersHint}</p>
              <dl className="numbers">
                {(['daily', 'weekly', 'monthly', 'fresh'] as const).map((name) => (
                  <div key={name}>
                    <dt>{words.customers[name]}</dt>
                    <dd>{format.value('number', roundedIn(customers[name]))}</dd>
                  </div>
                ))}
              </dl>
              <h3>{words.retention}</h3>
              <RetentionTable weeks={retention} words={words} format={format} />
            </section>
          </>
        )}
      </>
    );
  }

  function tileOf({ name, unit, available, groups }: Measured, isChosen: boolean): ReactNode {
    const [group] = groups;
    const value = group?.total.value ?? null;
    const change = compare ? format.change(unit, value, group?.before?.value ?? null) : undefined;
    return (
      <button
        type="button"
        className="tile"
        aria-pressed={isChosen}
        disabled={!available}
        onClick={() => show({ ...place, measure: name })}
      >
        <span className="tile-name">{words.measures[name]}</span>
        <span className="tile-value">
          <bdi>{available ? format.value(unit, value) : '–'}</bdi>
        </span>
        <span className="tile-change">
          {change !== undefined && (
            <>
              <bdi>{change}</bdi>{' '}
              <span className="panel-hint">
                {words.before}: <bdi>{format.value(unit, group?.before?.value ?? null)}</bdi>
              </span>
            </>
          )}
        </span>
      </button>
    );
  }
}

function Panels({ id, title, children }: { readonly id: string; readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div className="panels">{children}</div>
    </section>
  );
}

function roundedIn(measured: Measured | undefined): number | null {
  const value = measured?.groups[0]?.total.value ?? null;
  return value === null || value < 10 ? value : Math.round(value);
}

function optionsOf(shown: PageFigures | undefined) {
  const names = (figures: Figures | undefined): string[] =>
    (figures?.measures[0]?.groups ?? []).map(({ name }) => name).filter((name) => name !== '…' && name !== '');
  return { channel: names(shown?.channels), queue: names(shown?.queues), agent: names(shown?.agents), assistant: names(shown?.assistants) };
}
