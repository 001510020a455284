/** The forms of the cards that an agent adds to a reply. What was added before can be changed. */
import { type FormEvent, type ReactNode, useCallback } from 'react';
import { useForm } from 'react-hook-form';
import type { ShownCard } from '../media/card-schema.ts';
import {
  emailFault,
  type FieldFault,
  lineFault,
  optional,
  phoneFault,
  phoneIn,
  placeFault,
  placeIn,
  urlFault,
  urlIn,
} from './card-form.ts';
import { focusComposer } from './composer-insertion.ts';
import { Dialog } from './dialog.tsx';
import { FormField } from './form-field.tsx';
import { useConsole, useDesk } from './page-context.ts';

interface CardDialogProps {
  readonly onClose: () => void;
}

export function PlaceDialog({ onClose }: CardDialogProps): ReactNode {
  const { words, validate, before, add } = useCardForm('location', onClose);
  const { register, handleSubmit, formState } = useForm({
    defaultValues: {
      where: before === undefined ? '' : `${before.latitude}, ${before.longitude}`,
      name: before?.name ?? '',
      street: before?.street ?? '',
    },
  });
  const { errors } = formState;
  const submit = handleSubmit(({ where, name, street }) => {
    const place = placeIn(where);
    if (place !== undefined) add({ kind: 'location', ...place, name: optional(name), street: optional(street) });
  });
  return (
    <CardForm title={words.place} onSubmit={submit} onClose={onClose}>
      <FormField
        label={words.where}
        hint={words.whereHint}
        error={errors.where?.message}
        autoComplete="off"
        input={register('where', { validate: validate(placeFault) })}
      />
      <FormField
        label={words.placeName}
        error={errors.name?.message}
        autoComplete="off"
        input={register('name', { validate: validate((text) => lineFault(text, 'name')) })}
      />
      <FormField
        label={words.street}
        error={errors.street?.message}
        autoComplete="off"
        input={register('street', { validate: validate((text) => lineFault(text, 'street')) })}
      />
    </CardForm>
  );
}

export function ContactDialog({ onClose }: CardDialogProps): ReactNode {
  const { words, validate, before, add } = useCardForm('contact', onClose);
  const { register, handleSubmit, formState } = useForm({
    defaultValues: {
      name: before?.name ?? '',
      phone: before?.phone ?? '',
      email: before?.email ?? '',
      organization: before?.organization ?? '',
    },
  });
  const { errors } = formState;
  const submit = handleSubmit(({ name, phone, email, organization }) =>
    add({ kind: 'contact', name: name.trim(), phone: phoneIn(phone), email: optional(email), organization: optional(organization) }),
  );
  return (
    <CardForm title={words.contact} onSubmit={submit} onClose={onClose}>
      <FormField
        label={words.name}
        error={errors.name?.message}
        autoComplete="off"
        input={register('name', { validate: validate((text) => lineFault(text, 'name', true)) })}
      />
      <FormField
        label={words.phone}
        hint={words.phoneHint}
        error={errors.phone?.message}
        autoComplete="off"
        input={register('phone', { validate: validate(phoneFault) })}
      />
      <FormField
        label={words.email}
        error={errors.email?.message}
        autoComplete="off"
        input={register('email', { validate: validate(emailFault) })}
      />
      <FormField
        label={words.organization}
        error={errors.organization?.message}
        autoComplete="off"
        input={register('organization', { validate: validate((text) => lineFault(text, 'organization')) })}
      />
    </CardForm>
  );
}

export function LinkDialog({ onClose }: CardDialogProps): ReactNode {
  const { words, validate, before, add } = useCardForm('link', onClose);
  const { register, handleSubmit, formState } = useForm({ defaultValues: { label: before?.label ?? '', url: before?.url ?? '' } });
  const { errors } = formState;
  const submit = handleSubmit(({ label, url }) => add({ kind: 'link', label: label.trim(), url: urlIn(url) }));
  return (
    <CardForm title={words.link} onSubmit={submit} onClose={onClose}>
      <FormField
        label={words.label}
        hint={words.labelHint}
        error={errors.label?.message}
        autoComplete="off"
        input={register('label', { validate: validate((text) => lineFault(text, 'label', true)) })}
      />
      <FormField
        label={words.url}
        error={errors.url?.message}
        autoComplete="off"
        input={register('url', { validate: validate(urlFault) })}
      />
    </CardForm>
  );
}

function useCardForm<Kind extends ShownCard['kind']>(kind: Kind, onClose: () => void) {
  const { desk, strings } = useConsole();
  const { selected, draft } = useDesk();
  const words = strings.tools.cards;
  const validate = useCallback(
    (faultOf: (text: string) => FieldFault | undefined) => (text: string) => {
      const fault = faultOf(text);
      return fault === undefined || words.faults[fault];
    },
    [words],
  );
  const add = (card: Extract<ShownCard, { readonly kind: Kind }>): void => {
    if (selected !== undefined) desk.writing.setCard(selected, card);
    onClose();
    focusComposer();
  };
  return { words, validate, before: isOf(draft.card, kind) ? draft.card : undefined, add };
}

function isOf<Kind extends ShownCard['kind']>(
  card: ShownCard | undefined,
  kind: Kind,
): card is Extract<ShownCard, { readonly kind: Kind }> {
  return card?.kind === kind;
}

interface CardFormProps extends CardDialogProps {
  readonly title: string;
  readonly onSubmit: (event: FormEvent) => Promise<void>;
  readonly children: ReactNode;
}

function CardForm({ title, onSubmit, onClose, children }: CardFormProps): ReactNode {
  const { strings } = useConsole();
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void onSubmit(event)} noValidate>
        {children}
        <div className="dialog-row end">
          <button type="button" className="button quiet" onClick={onClose}>
            {strings.cancel}
          </button>
          <button type="submit" className="button primary">
            {strings.tools.cards.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
