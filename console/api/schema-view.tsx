/** The members of a body or of an answer. */
import type { ReactNode } from 'react';
import type { Field } from './schema.ts';

interface SchemaViewProps {
  readonly title: string;
  readonly fields: readonly Field[];
}

/** Closed at first, because some have many members. */
export function SchemaView({ title, fields }: SchemaViewProps): ReactNode {
  if (fields.length === 0) return null;
  return (
    <details className="api-schema">
      <summary>{title}</summary>
      <Fields fields={fields} />
    </details>
  );
}

function Fields({ fields }: { readonly fields: readonly Field[] }): ReactNode {
  return (
    <ul>
      {fields.map(({ name, type, required, about, fields: inner }) => (
        <li key={name}>
          <code>{name}</code>{' '}
          <span className="api-about">
            {type}
            {required && ', required'}
          </span>
          {about !== '' && <p className="api-about">{about}</p>}
          {inner.length > 0 && <Fields fields={inner} />}
        </li>
      ))}
    </ul>
  );
}
