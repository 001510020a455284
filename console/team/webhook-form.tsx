/** The form of an endpoint, for a new one and for a change. */
import { type ReactNode, useId, useState } from 'react';
import { useForm } from 'react-hook-form';
import { ApiRefusal } from '../inbox/api-request.ts';
import { FormField } from '../inbox/form-field.tsx';
import { useTeam } from './team-context.ts';
import type { EndpointInput, WebhookEndpoint } from './webhooks-api.ts';
import { webhooksWords } from './webhooks-words.ts';

interface Fields {
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly assistants: string;
  readonly channels: string;
}

interface WebhookFormProps {
  readonly types: readonly string[];
  readonly before?: WebhookEndpoint;
  readonly submit: string;
  readonly onSubmit: (input: EndpointInput) => Promise<void>;
}

export function WebhookForm({ types, before, submit, onSubmit }: WebhookFormProps): ReactNode {
  const { words: team, language } = useTeam();
  const words = webhooksWords[language];
  const id = useId();
  const [isSaved, setSaved] = useState(false);
  const { register, handleSubmit, setError, formState } = useForm<Fields>({
    defaultValues: {
      url: before?.url ?? '',
      description: before?.description ?? '',
      events: before?.events ?? ['session.opened', 'message.received', 'message.sent', 'session.closed'],
      assistants: before?.assistants?.join(', ') ?? '',
      channels: before?.channels?.join(', ') ?? '',
    },
  });
  const { errors, isSubmitting } = formState;
  const send = handleSubmit(async ({ url, description, events, assistants, channels }) => {
    setSaved(false);
    const input = { url: url.trim(), description, events, assistants: namesIn(assistants), channels: namesIn(channels) };
    await onSubmit(input).then(
      () => setSaved(true),
      (error: unknown) => {
        const isChanged = error instanceof ApiRefusal && error.code === 'changed';
        const refused = error instanceof ApiRefusal && error.message !== '' ? error.message : team.failed;
        setError('root', { message: isChanged ? words.changedMeanwhile : refused });
      },
    );
  });
  return (
    <form className="webhook-form" onSubmit={(event) => void send(event)} noValidate>
      <FormField
        label={words.url}
        hint={words.urlHint}
        error={errors.url?.message}
        autoComplete="off"
        input={register('url', { validate: (value) => value.trim() !== '' || words.needsUrl })}
      />
      <FormField
        label={words.description}
        hint={words.descriptionHint}
        autoComplete="off"
        input={register('description', { maxLength: 200 })}
      />
      <fieldset className="webhook-events" aria-describedby={errors.events === undefined ? undefined : `${id}-events`}>
        <legend>{words.events}</legend>
        {types.map((type) => (
          <label key={type} className="toggle">
            <input type="checkbox" value={type} {...register('events', { validate: (value) => value.length > 0 || words.needsEvent })} />
            <span>
              {words.eventNames[type] ?? type} <code dir="ltr">{type}</code>
            </span>
          </label>
        ))}
        {errors.events !== undefined && (
          <p className="hint bad" id={`${id}-events`}>
            {errors.events.message}
          </p>
        )}
      </fieldset>
      <FormField label={words.assistants} hint={words.allHint} autoComplete="off" input={register('assistants')} />
      <FormField label={words.channels} hint={words.allHint} autoComplete="off" input={register('channels')} />
      <div className="team-row">
        <button type="submit" className="button primary" disabled={isSubmitting}>
          {submit}
        </button>
        <span role="status">{isSaved ? words.saved : ''}</span>
      </div>
      {errors.root !== undefined && (
        <p className="bad-notice" role="alert" dir="auto">
          {errors.root.message}
        </p>
      )}
    </form>
  );
}

function namesIn(text: string): readonly string[] | null {
  const names = text
    .split(/[,،]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length === 0 ? null : names;
}
