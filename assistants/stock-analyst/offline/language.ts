import { languageOf } from '../language.ts';
import type { Words } from './words.ts';
import { arabicWords } from './words-arabic.ts';
import { englishWords } from './words-english.ts';

/** Of a BCP 47 language: Arabic or English. */
export function wordsOf(locale: string): Words {
  return languageOf(locale) === 'ar' ? arabicWords : englishWords;
}
