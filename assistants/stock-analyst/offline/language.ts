import { languageOf } from '../language.ts';
import type { Words } from './words.ts';
import { arabicWords } from './words-arabic.ts';
import { englishWords } from './words-english.ts';

/** Words for a BCP 47 tag, which are Arabic or else English. */
export function wordsOf(locale: string): Words {
  return languageOf(locale) === 'ar' ? arabicWords : englishWords;
}
