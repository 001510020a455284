/** Sends an event to a sandbox, by a form made from the schema of its machine. */
import { type ReactNode, useId, useMemo, useState } from 'react';
import { eventForms, eventOf, exampleOf } from './event-form.ts';
import type { Json } from './session-api.ts';
import { useSession } from './session-context.ts';

interface EventFormProps {
  readonly events: Json;
  /** Of events that were sent before, for ids of their own. */
  readonly number: number;
  readonly onSend: (event: object) => void;
}

export function SandboxEventForm({ events, number, onSend }: EventFormProps): ReactNode {
  const { words } = useSession();
  const forms = useMemo(() => eventForms(events), [events]);
  const [type, setType] = useState(forms[0]?.type ?? '');
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const [bad, setBad] = useState(false);
  const ids = useId();
  const form = forms.find((one) => one.type === type);
  if (form === undefined) return null;
  const values = { ...exampleOf(form, number), ...given };
  return (
    <form
      className="life-form"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        const event = eventOf(form, values);
        setBad(event === undefined);
        if (event === undefined) return;
        setGiven({});
        onSend(event);
      }}
    >
      <label>
        {words.eventType}
        <select
          value={type}
          onChange={({ target }) => {
            setType(target.value);
            setGiven({});
          }}
        >
          {forms.map((one) => (
            <option key={one.type}>{one.type}</option>
          ))}
        </select>
      </label>
      {form.fields.map(({ name, required, input, choices }) => (
        <label key={name} htmlFor={`${ids}${name}`}>
          <span dir="ltr">
            {name}
            {required ? ' *' : ''}
          </span>
          {input === 'choice' || input === 'boolean' ? (
            <select id={`${ids}${name}`} value={values[name] ?? ''} onChange={({ target }) => setGiven({ ...given, [name]: target.value })}>
              {!required && <option value="" />}
              {(input === 'boolean' ? ['true', 'false'] : choices).map((choice) => (
                <option key={choice}>{choice}</option>
              ))}
            </select>
          ) : (
            <input
              id={`${ids}${name}`}
              dir="auto"
              value={values[name] ?? ''}
              placeholder={input === 'json' ? 'JSON' : undefined}
              onChange={({ target }) => setGiven({ ...given, [name]: target.value })}
            />
          )}
        </label>
      ))}
      {bad && <p role="alert">{words.badJson}</p>}
      <button type="submit" className="life-button life-primary">
        {words.send}
      </button>
    </form>
  );
}
