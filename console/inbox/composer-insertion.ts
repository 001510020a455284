/** Puts a saved response, or a request for the location, into the reply of the selected session. */
import { useCallback } from 'react';
import { type ChatLanguage, chooseLanguage } from '../chat/strings.ts';
import type { CannedResponse } from '../client/library.ts';
import { filled, firstMissing, shortcutIn, textIn, type Values, valuesOf } from './canned-text.ts';
import type { Desk } from './desk.ts';
import type { Saved } from './library.ts';
import { useConsole, useDesk } from './page-context.ts';

/** Id of the composer's field, of which there is one. */
export const FIELD_ID = 'composer-field';

/** What a text is filled with in the selected session, and the languages that it may be in. */
export function useFilling(): { readonly values: Values; readonly locales: readonly (string | undefined)[] } {
  const { desk, language } = useConsole();
  const { details, agent } = useDesk();
  const customer = details?.customer ?? {};
  return { values: valuesOf(customer, agent.name, desk.card?.queue ?? null), locales: [customer.locale, language] };
}

export function useCannedInsertion(): (response: Saved<CannedResponse>) => void {
  const { desk } = useConsole();
  const { values, locales } = useFilling();
  return useCallback(
    ({ item }) => {
      const text = filled(textIn(item, locales), values);
      desk.setMode('reply');
      const before = desk.snapshot().draft.reply;
      desk.write(before.trim() === '' || shortcutIn(before) !== undefined ? text : `${before.trimEnd()}\n${text}`);
      focusComposer();
    },
    [desk, values, locales],
  );
}

/** Once it is drawn. What a text still needs is selected, else the agent goes on at its end. */
export function focusComposer(): void {
  setTimeout(() => {
    const field = document.getElementById(FIELD_ID);
    if (!(field instanceof HTMLTextAreaElement)) return;
    field.focus();
    const [start, end] = firstMissing(field.value) ?? [field.value.length, field.value.length];
    field.setSelectionRange(start, end);
  });
}

/** What the customer reads above the button, in the customer's language. */
const ASKING: Readonly<Record<ChatLanguage, string>> = {
  en: 'Where are you now? Please send me your location.',
  ar: 'أين أنت الآن؟ من فضلك أرسل لي موقعك.',
};

/** @param language of the page, for a customer of an unknown one. */
export function askLocation(desk: Pick<Desk, 'snapshot' | 'setMode' | 'write' | 'writing'>, language: ChatLanguage): void {
  const { selected, details, draft } = desk.snapshot();
  if (selected === undefined) return;
  desk.setMode('reply');
  desk.writing.setCard(selected, { kind: 'location_request' });
  if (draft.reply.trim() === '') desk.write(ASKING[chooseLanguage(details?.customer?.locale ?? null, [language])]);
  focusComposer();
}
