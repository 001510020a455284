/** Texts as programs leave them that cut strings anywhere, with halves of pairs and U+0000. */
import * as fc from 'fast-check';

const unit = fc.constantFrom('a', ' ', 'ش', '😀', '\ud83d', '\ude00', '\0', '\\', '"', '\\ud83d', '\u200d', '\ufe0f', '\n');

export const torn = fc.string({ unit, maxLength: 30 });

/** A text that a card takes as one line. */
export const tornLine = torn.map((text) => `.${text.replaceAll(/[\0\n]/g, '')}`.slice(0, 80));

export const tornJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    torn,
    fc.constantFrom(null, true, 1.5),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(torn, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Every string and key in it is well-formed. */
export function isWhole(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every((member) => member.every(isWhole));
}
