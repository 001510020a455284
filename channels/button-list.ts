/** Buttons as a numbered list, for a message that cannot carry them. Customers write the number. */
import { wellFormed } from '#machines/text.ts';
import type { Button } from './port.ts';
import type { RichText } from './rich-text.ts';

/** The text with the list below it. */
export function withButtonList(rich: RichText, buttons: readonly Button[]): RichText {
  if (buttons.length === 0) return rich;
  const list = buttons.map(({ label }, i) => `${i + 1}. ${wellFormed(label)}`).join('\n');
  return { text: rich.text === '' ? list : `${rich.text}\n\n${list}`, spans: rich.spans };
}
