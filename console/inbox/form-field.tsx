/** Fields of the console's forms: a label, the input, and a hint or what is wrong with it. */
import { type ReactNode, useId, useState } from 'react';
import type { UseFormRegisterReturn } from 'react-hook-form';

interface FormFieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  /** What is wrong. It takes the place of the hint. */
  readonly error?: string | undefined;
  readonly autoComplete: string;
  /** Of the input. Default is a text. */
  readonly type?: 'datetime-local';
  /** From `register` of the form. */
  readonly input: UseFormRegisterReturn;
}

export function FormField(props: FormFieldProps): ReactNode {
  const id = useId();
  return (
    <Labelled {...props} id={id}>
      <input id={id} type={props.type} dir="auto" autoCapitalize="none" spellCheck={false} {...inputProps(id, props)} />
    </Labelled>
  );
}

export function PasswordField({ words, ...props }: FormFieldProps & { readonly words: { show: string; hide: string } }): ReactNode {
  const id = useId();
  const [isShown, setShown] = useState(false);
  return (
    <Labelled {...props} id={id}>
      <div className="password">
        <input id={id} dir="ltr" type={isShown ? 'text' : 'password'} autoCapitalize="none" spellCheck={false} {...inputProps(id, props)} />
        <button type="button" className="link" onClick={() => setShown(!isShown)}>
          {isShown ? words.hide : words.show}
        </button>
      </div>
    </Labelled>
  );
}

function inputProps(id: string, { hint, error, autoComplete, input }: FormFieldProps) {
  const isDescribed = hint !== undefined || error !== undefined;
  return {
    ...input,
    autoComplete,
    'aria-invalid': error !== undefined,
    'aria-describedby': isDescribed ? `${id}-hint` : undefined,
  };
}

function Labelled({ id, label, hint, error, children }: FormFieldProps & { readonly id: string; readonly children: ReactNode }): ReactNode {
  const below = error ?? hint;
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      {children}
      {below !== undefined && (
        <p className={error === undefined ? 'hint' : 'hint bad'} id={`${id}-hint`} dir="auto">
          {below}
        </p>
      )}
    </div>
  );
}
