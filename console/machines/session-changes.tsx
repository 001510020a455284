/** Changes of a context as a table, and JSON that can be opened. */
import type { ReactNode } from 'react';
import type { Json } from '#machines/definition.ts';
import type { JsonChange } from '#machines/json-changes.ts';
import { useSession } from './session-context.ts';
import { isTimeAt, linesOf } from './shown-value.ts';

export function Changes({
  title,
  name,
  changes,
  none,
  before,
  after,
}: {
  readonly title: string;
  /** Tells it from another one on the page. */
  readonly name: string;
  readonly changes: readonly JsonChange[];
  readonly none: string;
  /** Words above the two columns. By default, what was before and is after. */
  readonly before?: string;
  readonly after?: string;
}): ReactNode {
  const { words } = useSession();
  return (
    <section className="life-part">
      <h2>{title}</h2>
      {changes.length === 0 ? (
        <p className="life-quiet">{none}</p>
      ) : (
        <section className="life-scroll" aria-label={`${title} ${name}`.trim()} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.path}</th>
                <th scope="col">{before ?? words.was}</th>
                <th scope="col">{after ?? words.is}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map((change) => (
                <tr key={change.path + JSON.stringify(change.before)}>
                  <th scope="row" dir="ltr">
                    {change.path || '/'}
                  </th>
                  <td className="life-was">
                    <Value path={change.path} value={change.before} />
                  </td>
                  <td className="life-is">
                    <Value path={change.path} value={change.after} />
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

function Value({ path, value }: { readonly path: string; readonly value: Json | undefined }): ReactNode {
  const { times } = useSession();
  if (value === undefined) return '–';
  return isTimeAt(path, value) ? <time title={String(value)}>{times.whole(value)}</time> : <Lines value={value} />;
}

/** What a value holds, a line each. */
export function Lines({ value }: { readonly value: Json }): ReactNode {
  const { times } = useSession();
  return linesOf(value).map(({ key, value: one }) => (
    <div key={key} dir="auto">
      {key !== '' && <span className="life-key">{key} </span>}
      {isTimeAt(key.replaceAll('.', '/'), one) ? <time title={String(one)}>{times.whole(one)}</time> : String(one)}
    </div>
  ));
}

export function Opened({ title, value }: { readonly title: string; readonly value: Json }): ReactNode {
  return (
    <details className="life-part">
      <summary>{title}</summary>
      <Data value={value} />
    </details>
  );
}

export function Data({ value }: { readonly value: Json }): ReactNode {
  return (
    <pre dir="ltr" tabIndex={0}>
      {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
    </pre>
  );
}
