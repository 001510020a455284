/** Buttons as a numbered list, for a message that cannot carry them. Customers write the number. */
import { wellFormed } from '#machines/text.ts';
import type { Button } from './port.ts';
import type { RichText } from './rich-text.ts';

/** As in `5 – Very good`. */
const OWN_NUMBER = /^\s*(\p{Nd}+)/u;

/**
 * The text with the list below it. Labels that each begin with another number keep it. A second
 * number before it would make of a 1 for `1 – Very poor` the first in the list, which is
 * `5 – Very good`.
 */
export function withButtonList(rich: RichText, buttons: readonly Button[]): RichText {
  if (buttons.length === 0) return rich;
  const labels = buttons.map(({ label }) => wellFormed(label));
  const own = new Set(labels.flatMap((label) => OWN_NUMBER.exec(label)?.[1] ?? []));
  const list = labels.map((label, i) => (own.size === labels.length ? label : `${i + 1}. ${label}`)).join('\n');
  return { text: rich.text === '' ? list : `${rich.text}\n\n${list}`, spans: rich.spans };
}
