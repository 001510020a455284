/** The form that makes an API token. */
import { type ReactNode, useId } from 'react';
import { useForm } from 'react-hook-form';
import { FormField } from '../inbox/form-field.tsx';
import { scopeWords } from './scope-words.ts';
import { useTeam } from './team-context.ts';
import type { WantedToken } from './tokens-api.ts';
import { tokensWords } from './tokens-words.ts';

const DAYS = [30, 90, 365] as const;

interface Fields {
  readonly name: string;
  readonly scopes: string[];
  readonly days: string;
  readonly limit: string;
}

interface TokenFormProps {
  readonly grantable: readonly string[];
  /** Rejects if the token was not made. */
  readonly onMake: (wanted: WantedToken) => Promise<void>;
}

export function TokenForm({ grantable, onMake }: TokenFormProps): ReactNode {
  const { words: common, language } = useTeam();
  const words = tokensWords[language];
  const id = useId();
  const { register, handleSubmit, setError, setValue, reset, formState } = useForm<Fields>({
    defaultValues: { name: '', scopes: [], days: '365', limit: '' },
  });
  const { errors, isSubmitting, submitCount } = formState;
  const submit = handleSubmit(async ({ name, scopes, days, limit }) => {
    const wanted = {
      name: name.trim(),
      scopes,
      days: days === '' ? null : Number(days),
      requestsPerMinute: limit === '' ? null : Number(limit),
    };
    await onMake(wanted).then(
      () => reset(),
      () => setError('root', { message: common.failed }),
    );
  });
  const choose = (scopes: readonly string[]): void => setValue('scopes', [...scopes], { shouldValidate: submitCount > 0 });
  const choices = [
    [words.chooseReading, grantable.filter((scope) => scope.endsWith(':read'))],
    [words.chooseAll, grantable],
    [words.chooseNone, []],
  ] as const;
  return (
    <form className="token-form" onSubmit={(event) => void submit(event)} noValidate>
      <div className="token-fields">
        <FormField
          label={words.name}
          hint={words.nameHint}
          error={errors.name?.message}
          autoComplete="off"
          input={register('name', { validate: (given) => given.trim() !== '' || words.nameNeeded, maxLength: 100 })}
        />
        <div className="form-field">
          <label htmlFor={`${id}-days`}>{words.validFor}</label>
          <select id={`${id}-days`} {...register('days')}>
            {DAYS.map((days) => (
              <option key={days} value={days}>
                {words.days(days)}
              </option>
            ))}
            <option value="">{words.always}</option>
          </select>
        </div>
        <FormField
          label={words.limit}
          hint={words.limitHint}
          error={errors.limit === undefined ? undefined : words.limitHint}
          autoComplete="off"
          input={register('limit', { pattern: /^[1-9]\d{0,5}$/ })}
        />
      </div>
      <fieldset aria-describedby={errors.scopes === undefined ? undefined : `${id}-scopes`}>
        <legend>{words.scopes}</legend>
        <div className="team-row">
          {choices.map(([label, scopes]) => (
            <button key={label} type="button" className="link" onClick={() => choose(scopes)}>
              {label}
            </button>
          ))}
        </div>
        <div className="token-choices">
          {grantable.map((scope) => (
            <label key={scope}>
              <input
                type="checkbox"
                value={scope}
                {...register('scopes', { validate: (given) => given.length > 0 || words.scopesNeeded })}
              />
              <span>{scopeWords[language][scope] ?? scope}</span>
              <code dir="ltr">{scope}</code>
            </label>
          ))}
        </div>
        {errors.scopes !== undefined && (
          <p className="bad-notice" id={`${id}-scopes`} role="alert">
            {errors.scopes.message}
          </p>
        )}
      </fieldset>
      {errors.root !== undefined && (
        <p className="bad-notice" role="alert">
          {errors.root.message}
        </p>
      )}
      <button type="submit" className="button primary" disabled={isSubmitting}>
        {words.submit}
      </button>
    </form>
  );
}
