/** Sends an event to a sandbox, by a form made from the schema of its machine. */
import { type ReactNode, useMemo, useState } from 'react';
import { eventForms, eventOf, exampleOf, type Given } from './event-form.ts';
import { FormFields } from './form-fields.tsx';
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
  const [given, setGiven] = useState<Given>({});
  const [wrong, setWrong] = useState<string>();
  const form = forms.find((one) => one.type === type) ?? forms[0];
  if (form === undefined) return <p className="life-quiet">{words.noForms}</p>;
  const values = { ...exampleOf(form, number, now), ...given };
  const send = async (): Promise<void> => {
    const read = eventOf(form, values);
    setWrong('wrong' in read ? read.wrong : undefined);
    if ('value' in read && (await onSend(read.value))) setGiven({});
  };
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
      <FormFields fields={form.fields} values={values} wrong={wrong} onChange={(changed) => setGiven({ ...given, ...changed })} />
      <button type="submit" className="life-button life-primary">
        {words.send}
      </button>
    </form>
  );
}
