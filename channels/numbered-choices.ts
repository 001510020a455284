/**
 * Buttons as a list below the text, where the provider does not take them, and the choice that a
 * customer makes by writing a number of the list.
 */
import { wellFormed } from '#machines/text.ts';
import type { Button } from './port.ts';
import type { RichText } from './rich-text.ts';

const DIGIT = '[0-9٠-٩۰-۹]';
/** As in `5 – Very good`. */
const OWN_NUMBER = new RegExp(`^\\s*(${DIGIT}+)`, 'u');
const NUMBER_ALONE = new RegExp(String.raw`^[\s\p{Cf}]*(${DIGIT}{1,2})[\s.)\p{Cf}]*$`, 'u');

/**
 * The text with a list, of which the customer can write the number. Labels that each begin with
 * another number keep it. A second number before it would make of a 1 for `1 – Very poor` the
 * first in the list, which is `5 – Very good`.
 */
export function withNumbers(rich: RichText, buttons: readonly Button[]): RichText {
  if (buttons.length === 0) return rich;
  const own = ownNumbers(buttons) !== undefined;
  const list = buttons.map(({ label }, i) => (own ? wellFormed(label) : `${i + 1}. ${wellFormed(label)}`)).join('\n');
  return { text: rich.text === '' ? list : `${rich.text}\n\n${list}`, spans: rich.spans };
}

/** The number that is all of a text. Undefined for any other text. */
export function writtenNumber(text: string): number | undefined {
  const [, digits] = NUMBER_ALONE.exec(text) ?? [];
  return digits === undefined ? undefined : numberOf(digits);
}

/** The button that has the number in the list. */
export function buttonNumbered(number: number, buttons: readonly Button[]): Button | undefined {
  const own = ownNumbers(buttons);
  return buttons[own === undefined ? number - 1 : own.indexOf(number)];
}

/** Undefined if not every label begins with a number of its own. */
function ownNumbers(buttons: readonly Button[]): readonly number[] | undefined {
  const numbers = buttons.flatMap(({ label }) => OWN_NUMBER.exec(label)?.[1] ?? []).map(numberOf);
  return new Set(numbers).size === buttons.length ? numbers : undefined;
}

/** The last four bits of a digit are its value, in each of the three scripts. */
function numberOf(digits: string): number {
  return [...digits].reduce((value, digit) => value * 10 + ((digit.codePointAt(0) ?? 0) & 0xf), 0);
}
