/** Every operation of the API, to read about and to try. */
import { type ReactNode, useEffect, useId, useState } from 'react';
import type { DescribedOperation, Group } from './description.ts';
import { SchemaView } from './schema-view.tsx';
import { TryForm } from './try-form.tsx';

interface ApiPageProps {
  readonly load: () => Promise<readonly Group[]>;
  readonly http: typeof fetch;
}

export function ApiPage({ load, http }: ApiPageProps): ReactNode {
  const [groups, setGroups] = useState<readonly Group[] | 'failed'>();
  const [token, setToken] = useState('');
  const [wanted, setWanted] = useState('');
  const id = useId();
  useEffect(() => {
    load().then(setGroups, () => setGroups('failed'));
  }, [load]);
  return (
    <main className="api-page">
      <header>
        <h1>Statechat API</h1>
        <p>
          Every operation, made of <a href="/api/openapi.json">its description in OpenAPI 3.1</a>. Requests go to this server and change
          what they say. The token stays in this page.
        </p>
        <div className="api-fields">
          <label htmlFor={`${id}-token`}>Bearer token</label>
          <input
            id={`${id}-token`}
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={token}
            onChange={({ target }) => setToken(target.value)}
          />
          <label htmlFor={`${id}-find`}>Find an operation</label>
          <input id={`${id}-find`} type="search" value={wanted} onChange={({ target }) => setWanted(target.value)} />
        </div>
      </header>
      {groups === undefined && <p aria-busy="true">Loading…</p>}
      {groups === 'failed' && (
        <p role="alert" className="api-problem">
          The description could not be loaded. Load the page again.
        </p>
      )}
      {Array.isArray(groups) && <Groups groups={groups} wanted={wanted} token={token} http={http} />}
    </main>
  );
}

function Groups({ groups, wanted, ...rest }: { groups: readonly Group[]; wanted: string; token: string; http: typeof fetch }): ReactNode {
  const words = wanted.toLowerCase().split(/\s+/);
  const fits = ({ id, path, summary, method }: DescribedOperation): boolean => {
    const text = `${id} ${method} ${path} ${summary}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const shown = groups
    .map((group) => ({ ...group, operations: group.operations.filter(fits) }))
    .filter(({ operations }) => operations.length > 0);
  if (shown.length === 0) return <p role="status">No operation fits.</p>;
  return shown.map(({ name, about, operations }) => (
    <section key={name} aria-labelledby={`tag-${name}`}>
      <h2 id={`tag-${name}`}>{name.replaceAll('_', ' ')}</h2>
      <p className="api-about">{about}</p>
      {operations.map((operation) => (
        <OperationDetails key={operation.id} operation={operation} {...rest} />
      ))}
    </section>
  ));
}

function OperationDetails({ operation, ...rest }: { operation: DescribedOperation; token: string; http: typeof fetch }): ReactNode {
  const { method, path, summary, scope, answers } = operation;
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="api-operation" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <span className={`api-method api-${method.toLowerCase()}`}>{method}</span> <code>{path}</code>
        <span className="api-about"> {summary}</span>
      </summary>
      {isOpen && (
        <div className="api-body">
          <p>
            Scope: <code>{scope}</code>
          </p>
          <TryForm operation={operation} {...rest} />
          <h3>Answers</h3>
          <dl className="api-answers">
            {answers.map(({ status, about, fields }) => (
              <div key={status}>
                <dt>{status}</dt>
                <dd>
                  {about}
                  <SchemaView title="Fields of the answer" fields={fields} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </details>
  );
}
