/** Every word that some rule knows. */
import { MONTHS, RELATIVE, TIME_UNITS } from './date-words.ts';
import { FRACTIONS, SCALES, WORDS } from './number-words.ts';
import { OCTOBER_ALONE, PLACES } from './places.ts';
import * as lexicons from './words.ts';

const terms = [...Object.values(lexicons), MONTHS, RELATIVE, TIME_UNITS, PLACES, OCTOBER_ALONE].flatMap((lexicon) =>
  [...lexicon].flatMap(({ words }) => words),
);

export const VOCABULARY: ReadonlySet<string> = new Set([...terms, ...FRACTIONS.keys(), ...SCALES.keys(), ...WORDS.keys()]);
