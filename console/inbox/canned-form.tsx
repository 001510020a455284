/** The form of a saved response: its shortcut, title, and a text for each language. */
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import type { CannedResponse } from '../client/library.ts';
import { VARIABLES } from './canned-text.ts';
import { useConsole } from './page-context.ts';
import { FormEnd, type SavedFormProps } from './saved-form.tsx';

export function CannedForm({
  before,
  isShared = false,
  onSave,
  ...rest
}: SavedFormProps & { readonly before: CannedResponse | undefined }): ReactNode {
  const { strings, language } = useConsole();
  const [name, setName] = useState(before?.name ?? '');
  const [title, setTitle] = useState(before?.title ?? '');
  const [texts, setTexts] = useState(before?.texts ?? [{ locale: language, text: '' }]);
  const [shared, setShared] = useState(isShared);
  const id = useId();
  const words = strings.tools.canned;
  const change = (at: number, part: Partial<(typeof texts)[number]>): void =>
    setTexts(texts.map((one, index) => (index === at ? { ...one, ...part } : one)));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSave({ kind: 'canned', name: name.trim().replace(/^\//, ''), title: title.trim(), texts }, shared);
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor={`${id}-name`}>{words.shortcut}</label>
      <input
        id={`${id}-name`}
        dir="auto"
        required
        maxLength={41}
        aria-describedby={`${id}-hint`}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <p className="dialog-note" id={`${id}-hint`}>
        {words.shortcutHint}
      </p>
      <label htmlFor={`${id}-title`}>{words.name}</label>
      <input id={`${id}-title`} dir="auto" required maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} />
      {texts.map(({ locale, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: A language that is being typed is no name yet.
        <fieldset key={index} className="variant">
          <legend>
            {words.text} {index + 1}
          </legend>
          <label htmlFor={`${id}-locale-${index}`}>{words.language}</label>
          <div className="dialog-row">
            <input
              id={`${id}-locale-${index}`}
              dir="ltr"
              required
              maxLength={35}
              list={`${id}-locales`}
              value={locale}
              onChange={(event) => change(index, { locale: event.target.value.trim() })}
            />
            {texts.length > 1 && (
              <button
                type="button"
                className="link"
                aria-label={words.removeLanguage(locale)}
                onClick={() => setTexts(texts.filter((_, other) => other !== index))}
              >
                {strings.tools.remove}
              </button>
            )}
          </div>
          <label htmlFor={`${id}-text-${index}`}>{words.text}</label>
          <textarea
            id={`${id}-text-${index}`}
            dir="auto"
            rows={4}
            required
            aria-describedby={`${id}-variables`}
            value={text}
            onChange={(event) => change(index, { text: event.target.value })}
          />
        </fieldset>
      ))}
      <datalist id={`${id}-locales`}>
        <option value="en" />
        <option value="ar" />
      </datalist>
      <button type="button" className="link" onClick={() => setTexts([...texts, { locale: '', text: '' }])}>
        {words.addLanguage}
      </button>
      <p className="dialog-note" id={`${id}-variables`}>
        {words.variables} <bdi>{VARIABLES.map((variable) => `{{${variable}}}`).join(' ')}</bdi>
      </p>
      <FormEnd {...rest} isShared={shared} onShare={setShared} />
    </form>
  );
}
