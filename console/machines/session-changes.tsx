/** Changes of a context as a table, and JSON that can be opened. */
import type { ReactNode } from 'react';
import type { Json } from '#machines/definition.ts';
import type { JsonChange } from '#machines/json-changes.ts';
import { useSession } from './session-context.ts';

export function Changes({
  title,
  name,
  changes,
  none,
}: {
  readonly title: string;
  /** Tells it from another one on the page. */
  readonly name: string;
  readonly changes: readonly JsonChange[];
  readonly none: string;
}): ReactNode {
  const { words } = useSession();
  return (
    <section className="life-part">
      <h2>{title}</h2>
      {changes.length === 0 ? (
        <p className="life-quiet">{none}</p>
      ) : (
        <section className="life-scroll" aria-label={`${title} ${name}`} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.path}</th>
                <th scope="col">{words.was}</th>
                <th scope="col">{words.is}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ path, before, after }) => (
                <tr key={path + JSON.stringify(before)}>
                  <th scope="row" dir="ltr">
                    {path || '/'}
                  </th>
                  <td className="life-was" dir="auto">
                    {shown(before)}
                  </td>
                  <td className="life-is" dir="auto">
                    {shown(after)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

export function Opened({ title, value }: { readonly title: string; readonly value: Json }): ReactNode {
  return (
    <details className="life-part">
      <summary>{title}</summary>
      <pre dir="ltr" tabIndex={0}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  );
}

function shown(value: Json | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
