/** How many of the customers of each first week wrote again, as a table with shades. */
import type { CSSProperties, ReactNode } from 'react';
import type { RetentionWeek } from './analytics-api.ts';
import type { AnalyticsWords } from './strings.ts';
import type { ValueFormat } from './value-format.ts';

const MOST_WEEKS = 12;

interface RetentionTableProps {
  readonly weeks: readonly RetentionWeek[];
  readonly words: AnalyticsWords;
  readonly format: ValueFormat;
}

export function RetentionTable({ weeks: all, words, format }: RetentionTableProps): ReactNode {
  const weeks = all.slice(all.findIndex(({ customers }) => customers > 0));
  const most = Math.min(MOST_WEEKS, Math.max(0, ...weeks.map(({ returned }) => returned.length)));
  const later = Array.from({ length: most }, (_, index) => index + 1);
  const highest = Math.max(...weeks.flatMap(({ customers, returned }) => returned.map((count) => count / Math.max(customers, 1))), 0.01);
  if (!all.some(({ customers }) => customers > 0)) return <p className="panel-hint">{words.nothing}</p>;
  return (
    <section className="table-scroller" aria-label={words.retention} tabIndex={0}>
      <table className="data-table retention">
        <caption className="visually-hidden">{words.retention}</caption>
        <thead>
          <tr>
            <th scope="col">{words.week}</th>
            <th scope="col">{words.newCustomers}</th>
            {later.map((number) => (
              <th key={number} scope="col">
                {words.weeksLater(format.count(number))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map(({ week, customers, returned }) => (
            <tr key={week}>
              <th scope="row">{format.day(Date.parse(`${week}T12:00:00Z`))}</th>
              <td>{format.count(customers)}</td>
              {later.map((number) => {
                const count = returned[number - 1];
                if (count === undefined || customers === 0) return <td key={number} />;
                const share = count / customers;
                return (
                  <td key={number} className="retained" style={{ '--shade': `${Math.round((share / highest) * 32)}%` } as CSSProperties}>
                    {format.value('share', share)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
