/** Inputs of a form that is made from a schema. Those that may be left out are folded away. */
import { type ReactNode, useId } from 'react';
import type { FormField, Given } from './event-form.ts';
import { useSession } from './session-context.ts';

interface FormFieldsProps {
  readonly fields: readonly FormField[];
  readonly values: Given;
  /** Name of the field whose text is not what it takes. */
  readonly wrong: string | undefined;
  readonly onChange: (changed: Given) => void;
}

export function FormFields({ fields, values, wrong, onChange }: FormFieldsProps): ReactNode {
  const { words } = useSession();
  const field = (one: FormField): ReactNode => (
    <Field
      key={one.name}
      field={one}
      value={values[one.name] ?? ''}
      isWrong={wrong === one.name}
      onChange={(value) => onChange({ [one.name]: value })}
    />
  );
  const others = fields.filter((one) => !isNeeded(one));
  return (
    <>
      {fields.filter(isNeeded).map(field)}
      {others.length > 0 && (
        <details open={others.some(({ name }) => name === wrong) || undefined}>
          <summary>{words.optional}</summary>
          <div className="life-form">{others.map(field)}</div>
        </details>
      )}
    </>
  );
}

/** An empty one that may be null is null. */
function isNeeded({ required, inOptional, nullable }: FormField): boolean {
  return required && !inOptional && !nullable;
}

interface FieldProps {
  readonly field: FormField;
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
          required={isNeeded(field)}
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
