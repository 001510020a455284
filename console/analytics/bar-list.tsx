/**
 * Groups of a measure, the greatest first, as a list of bars that lead to the sessions behind them.
 */
import type { CSSProperties, ReactNode } from 'react';
import type { Measured } from './analytics-api.ts';
import type { AnalyticsWords } from './strings.ts';
import type { ValueFormat } from './value-format.ts';

interface BarListProps {
  readonly title: string;
  readonly measured: Measured | undefined;
  readonly nameOf: (name: string) => string;
  /** What stands beside the value. */
  readonly more?: (name: string) => string | undefined;
  /** Where a group leads, such as to the sessions behind it. */
  readonly hrefOf?: (name: string) => string;
  readonly words: AnalyticsWords;
  readonly format: ValueFormat;
}

export function BarList({ title, measured, nameOf, more, hrefOf, words, format }: BarListProps): ReactNode {
  const groups = (measured?.groups ?? []).filter(({ total }) => total.value !== null && total.value > 0);
  const most = Math.max(...groups.map(({ total }) => total.value ?? 0), 1);
  const all = groups.reduce((sum, { total }) => sum + (total.value ?? 0), 0);
  return (
    <section className="figure-panel" aria-label={title}>
      <h3>{title}</h3>
      {measured?.available === false ? (
        <p className="panel-hint">{words.unavailable}</p>
      ) : groups.length === 0 ? (
        <p className="panel-hint">{words.nothing}</p>
      ) : (
        <ul className="bars">
          {groups.map(({ name, total, before }) => {
            const label = nameOf(name);
            const change = format.change(measured?.unit ?? 'number', total.value, before?.value ?? null);
            return (
              <li key={name} className="bar" style={{ '--share': `${(100 * (total.value ?? 0)) / most}%` } as CSSProperties}>
                <span className="bar-name">
                  {hrefOf === undefined || name === '…' || name === '' ? (
                    <bdi>{label}</bdi>
                  ) : (
                    <a href={hrefOf(name)}>
                      <bdi>{label}</bdi>
                    </a>
                  )}
                </span>
                <span className="bar-value">
                  <bdi>{format.value(measured?.unit ?? 'number', total.value)}</bdi>
                  {all > 0 && (
                    <>
                      {' '}
                      <bdi className="panel-hint">{format.value('share', (total.value ?? 0) / all)}</bdi>
                    </>
                  )}
                  {more?.(name) !== undefined && (
                    <span className="panel-hint">
                      {' · '}
                      <bdi>{more(name)}</bdi>
                    </span>
                  )}
                  {change !== undefined && (
                    <span className="panel-hint">
                      {' · '}
                      <bdi aria-hidden="true">{change}</bdi>
                      <span className="visually-hidden">{words.changed(change)}</span>
                    </span>
                  )}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
