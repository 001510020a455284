/** The form of a macro: its name and its steps, in order. */
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import type { Macro, MacroStep } from '../client/library.ts';
import { useConsole, useObserved } from './page-context.ts';
import { FormEnd, type SavedFormProps } from './saved-form.tsx';

/** Steps that the form can write. Others are made by the API, and stay as they are. */
const KINDS: readonly MacroStep['type'][] = ['canned', 'send', 'note', 'claim', 'transfer', 'release', 'close'];

/** The one field of a step that the form has. The others of a command stay as they are. */
const FIELD: Readonly<Partial<Record<MacroStep['type'], 'itemId' | 'text' | 'queue' | 'reason'>>> = {
  canned: 'itemId',
  send: 'text',
  note: 'text',
  transfer: 'queue',
  close: 'reason',
};

export function MacroForm({
  before,
  isShared = false,
  onSave,
  ...rest
}: SavedFormProps & { readonly before: Macro | undefined }): ReactNode {
  const { strings } = useConsole();
  const [name, setName] = useState(before?.name ?? '');
  const [steps, setSteps] = useState<readonly MacroStep[]>(before?.steps ?? [emptyStep('send')]);
  const [shared, setShared] = useState(isShared);
  const id = useId();
  const words = strings.tools.macros;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSave({ kind: 'macro', name: name.trim(), steps: steps.map(withoutEmpty) }, shared);
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor={id}>{words.name}</label>
      <input id={id} dir="auto" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
      <ol className="macro-steps">
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: Steps have nothing else.
          <li key={index}>
            <StepFields step={step} onChange={(changed) => setSteps(steps.map((one, at) => (at === index ? changed : one)))} />
            <div className="dialog-row">
              {index > 0 && (
                <button
                  type="button"
                  className="link"
                  aria-label={words.moveUp(index + 1)}
                  onClick={() =>
                    setSteps([...steps.slice(0, index - 1), step, ...steps.slice(index - 1, index), ...steps.slice(index + 1)])
                  }
                >
                  ↑
                </button>
              )}
              {steps.length > 1 && (
                <button
                  type="button"
                  className="link"
                  aria-label={words.removeStep(index + 1)}
                  onClick={() => setSteps(steps.filter((_, at) => at !== index))}
                >
                  {strings.tools.remove}
                </button>
              )}
            </div>
          </li>
        ))}
      </ol>
      <button type="button" className="link" onClick={() => setSteps([...steps, emptyStep('note')])}>
        {words.addStep}
      </button>
      <FormEnd {...rest} isShared={shared} onShare={setShared} />
    </form>
  );
}

function StepFields({ step, onChange }: { readonly step: MacroStep; readonly onChange: (step: MacroStep) => void }): ReactNode {
  const { tools, strings } = useConsole();
  const { canned } = useObserved(tools.library.state);
  const id = useId();
  const words = strings.tools.macros;
  const field = FIELD[step.type];
  const written: unknown = field === undefined ? undefined : Reflect.get(step, field);
  const value = typeof written === 'string' ? written : '';
  const set = (next: string): void => onChange(field === 'itemId' ? { type: 'canned', itemId: next } : withField(step, field, next));
  const label = { itemId: words.response, text: strings.tools.canned.text, queue: words.queue, reason: words.reason };
  return (
    <>
      <label htmlFor={`${id}-kind`}>{words.kind}</label>
      <select
        id={`${id}-kind`}
        value={step.type}
        onChange={({ target }) => {
          const kind = KINDS.find((one) => one === target.value);
          if (kind !== undefined) onChange(emptyStep(kind));
        }}
      >
        {[...new Set([...KINDS, step.type])].map((kind) => (
          <option key={kind} value={kind}>
            {words.kinds[kind] ?? kind}
          </option>
        ))}
      </select>
      {field !== undefined && <label htmlFor={`${id}-value`}>{label[field]}</label>}
      {field === 'itemId' && (
        <select id={`${id}-value`} required value={value} onChange={({ target }) => set(target.value)}>
          <option value="" />
          {canned.map(({ id: itemId, item }) => (
            <option key={itemId} value={itemId}>
              /{item.name} – {item.title}
            </option>
          ))}
        </select>
      )}
      {field === 'text' && (
        <textarea id={`${id}-value`} dir="auto" rows={3} required value={value} onChange={({ target }) => set(target.value)} />
      )}
      {(field === 'queue' || field === 'reason') && (
        <input id={`${id}-value`} dir="auto" maxLength={100} value={value} onChange={({ target }) => set(target.value)} />
      )}
    </>
  );
}

function emptyStep(type: MacroStep['type']): MacroStep {
  if (type === 'canned') return { type, itemId: '' };
  return withField({ type }, FIELD[type], '');
}

function withField(step: MacroStep, field: string | undefined, value: string): MacroStep {
  return step.type === 'canned' || field === undefined ? step : { ...step, [field]: value };
}

/** A command has no empty fields. */
function withoutEmpty(step: MacroStep): MacroStep {
  if (step.type === 'canned') return step;
  const { type, ...fields } = step;
  return { type, ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')) };
}
