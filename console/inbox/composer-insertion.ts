/** Puts a saved response into the reply of the selected session. */
import { useCallback } from 'react';
import type { CannedResponse } from '../client/library.ts';
import { filled, firstMissing, shortcutIn, textIn, type Values, valuesOf } from './canned-text.ts';
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
      // After it is drawn.
      setTimeout(() => {
        const field = document.getElementById(FIELD_ID);
        if (!(field instanceof HTMLTextAreaElement)) return;
        field.focus();
        const [start, end] = firstMissing(field.value) ?? [field.value.length, field.value.length];
        field.setSelectionRange(start, end);
      });
    },
    [desk, values, locales],
  );
}
