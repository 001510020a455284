/** Sends an event to a sandbox, by a form made from the schema of its machine. */
import { type ReactNode, useId, useMemo, useState } from 'react';
import { type EventField, eventForms, eventOf, exampleOf } from './event-form.ts';
import type { Json } from './session-api.ts';
import { useSession } from './session-context.ts';

interface EventFormProps {
  readonly events: Json;
  /** Of events that were sent before, for ids of their own. */
  readonly number: number;
  /** By the clock of the sandbox. */
  readonly now: number;
  /** Resolves to false if the event was not taken. Then the form stays as it is. */
  readonly onSend: (event: object) => Promise<boolean>;
}

export function SandboxEventForm({ events, number, now, onSend }: EventFormProps): ReactNode {
  const { words } = useSession();
  const forms = useMemo(() => eventForms(events), [events]);
  const [type, setType] = useState(forms[0]?.type ?? '');
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const [wrong, setWrong] = useState<string>();
  const form = forms.find((one) => one.type === type) ?? forms[0];
  if (form === undefined) return <p className="life-quiet">{words.noForms}</p>;
  const values = { ...exampleOf(form, number, now), ...given };
  const send = async (): Promise<void> => {
    const read = eventOf(form, values);
    setWrong('wrong' in read ? read.wrong : undefined);
    if ('event' in read && (await onSend(read.event))) setGiven({});
  };
  const field = (one: EventField): ReactNode => (
    <Field
      key={one.name}
      field={one}
      value={values[one.name] ?? ''}
      isWrong={wrong === one.name}
      onChange={(value) => setGiven({ ...given, [one.name]: value })}
    />
  );
  const [needed, others] = [form.fields.filter(isNeeded), form.fields.filter((one) => !isNeeded(one))];
  return (
    <form
      className="life-form life-part"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        void send();
      }}
    >
      <label>
        {words.eventType}
        <select
          value={form.type}
          onChange={({ target }) => {
            setType(target.value);
            setGiven({});
            setWrong(undefined);
          }}
        >
          {forms.map((one) => (
            <option key={one.type}>{one.type}</option>
          ))}
        </select>
      </label>
      {needed.map(field)}
      {others.length > 0 && (
        <details open={others.some(({ name }) => name === wrong) || undefined}>
          <summary>{words.optional}</summary>
          <div className="life-form">{others.map(field)}</div>
        </details>
      )}
      <button type="submit" className="life-button life-primary">
        {words.send}
      </button>
    </form>
  );
}

function isNeeded({ required, inOptional }: EventField): boolean {
  return required && !inOptional;
}

interface FieldProps {
  readonly field: EventField;
  readonly value: string;
  readonly isWrong: boolean;
  readonly onChange: (value: string) => void;
}

function Field({ field, value, isWrong, onChange }: FieldProps): ReactNode {
  const { words } = useSession();
  const id = useId();
  const { name, required, input, choices, maxLength, description } = field;
  const more = input === 'lines' ? words.lines : input === 'json' ? 'JSON' : description;
  const common = {
    id,
    value,
    'aria-invalid': isWrong,
    'aria-describedby': isWrong ? `${id}-wrong` : undefined,
    onChange: ({ target }: { readonly target: { readonly value: string } }) => onChange(target.value),
  };
  return (
    <div className="life-field">
      <label htmlFor={id}>
        <bdi dir="ltr">{name}</bdi>
        {isNeeded(field) && <span aria-hidden="true"> *</span>}
        {more !== undefined && <span className="life-quiet"> · {more}</span>}
      </label>
      {input === 'choice' || input === 'boolean' ? (
        <select {...common}>
          {!required && <option value="">{words.unset}</option>}
          {(input === 'boolean' ? ['true', 'false'] : choices).map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : input === 'lines' || input === 'json' || name === 'text' ? (
        <textarea {...common} dir={input === 'json' ? 'ltr' : 'auto'} rows={2} maxLength={maxLength} required={isNeeded(field)} />
      ) : (
        <input
          {...common}
          dir="auto"
          inputMode={input === 'number' ? 'decimal' : 'text'}
          maxLength={maxLength}
          required={isNeeded(field) && !field.nullable}
        />
      )}
      {isWrong && (
        <p role="alert" id={`${id}-wrong`}>
          {words.wrongField}
        </p>
      )}
    </div>
  );
}
