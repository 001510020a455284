/** Sends one request, and shows its answer. */
import { type ChangeEvent, type ReactNode, useId, useState } from 'react';
import type { DescribedOperation } from './description.ts';
import { SchemaView } from './schema-view.tsx';

/** Characters of an answer that the page shows. A longer one would hold it up. */
const MOST_SHOWN = 100_000;

interface Answer {
  readonly title: string;
  readonly text: string;
  readonly isGood: boolean;
}

interface TryFormProps {
  readonly operation: DescribedOperation;
  readonly token: string;
  readonly http: typeof fetch;
}

export function TryForm({ operation, token, http }: TryFormProps): ReactNode {
  const { parameters, body } = operation;
  const id = useId();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [text, setText] = useState(body?.example ?? '');
  const [answer, setAnswer] = useState<Answer>();
  const [isBusy, setBusy] = useState(false);
  const send = async (): Promise<void> => {
    setBusy(true);
    setAnswer(await answerOf(http, operation, values, text, token));
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className="api-fields">
        {parameters.map(({ name, in: place, required, description, choices }) => (
          <div className="api-field" key={`${place} ${name}`}>
            <label htmlFor={`${id}-${name}`}>
              {name} <span className="api-about">{required ? `${place}, required` : place}</span>
            </label>
            <Value
              id={`${id}-${name}`}
              choices={choices}
              required={required}
              aria-describedby={description === undefined ? undefined : `${id}-${name}-about`}
              value={values[name] ?? ''}
              onChange={({ target }) => setValues({ ...values, [name]: target.value })}
            />
            {description !== undefined && (
              <p className="api-about" id={`${id}-${name}-about`}>
                {description}
              </p>
            )}
          </div>
        ))}
      </div>
      {body !== undefined && (
        <>
          <label htmlFor={`${id}-body`}>
            Body <span className="api-about">{body.type}</span>
          </label>
          <textarea id={`${id}-body`} rows={8} spellCheck={false} value={text} onChange={({ target }) => setText(target.value)} />
          <SchemaView title="Fields of the body" fields={body.fields} />
        </>
      )}
      <button type="submit" className="api-send" disabled={isBusy} aria-busy={isBusy}>
        Send
      </button>
      {answer !== undefined && (
        <section className={answer.isGood ? 'api-answer' : 'api-answer api-problem'} aria-label="Answer" role="status">
          <p>{answer.title}</p>
          <pre tabIndex={0}>{answer.text}</pre>
        </section>
      )}
    </form>
  );
}

interface ValueProps {
  readonly id: string;
  readonly choices: readonly string[];
  readonly required: boolean;
  readonly 'aria-describedby': string | undefined;
  readonly value: string;
  readonly onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) => void;
}

/** A value of few is chosen, and every other one is typed. */
function Value({ choices, ...props }: ValueProps): ReactNode {
  if (choices.length === 0) return <input autoComplete="off" spellCheck={false} {...props} />;
  return (
    <select {...props}>
      {['', ...choices].map((choice) => (
        <option key={choice}>{choice}</option>
      ))}
    </select>
  );
}

async function answerOf(
  http: typeof fetch,
  { method, path, parameters, body }: DescribedOperation,
  values: Readonly<Record<string, string>>,
  text: string,
  token: string,
): Promise<Answer> {
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  const query = new URLSearchParams();
  let target = path;
  for (const { name, in: place } of parameters) {
    const value = values[name] ?? '';
    if (place === 'path') target = target.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== '' && place === 'query') query.set(name, value);
    else if (value !== '') headers[name] = value;
  }
  if (body !== undefined) headers['Content-Type'] = body.type;
  try {
    const response = await http(`${target}${query.size === 0 ? '' : `?${query}`}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: text }),
    });
    const given = await response.text();
    return { title: `${response.status} ${response.statusText}`, text: readable(given), isGood: response.ok };
  } catch {
    return { title: 'No answer', text: 'The server could not be reached, or a value cannot be sent.', isGood: false };
  }
}

function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).slice(0, MOST_SHOWN);
  } catch {
    return text.slice(0, MOST_SHOWN);
  }
}
