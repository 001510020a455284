/** What the program itself writes in a report, by language. */
import type { Language } from '../language.ts';
import { FIGURES } from './figures.ts';
import type { ReportWords } from './phrases.ts';
import { arabic } from './words-arabic.ts';
import { english } from './words-english.ts';

export const REPORT_WORDS: Readonly<Record<Language, ReportWords>> = {
  en: { ...english, language: 'en', direction: 'ltr', figures: FIGURES.en },
  ar: { ...arabic, language: 'ar', direction: 'rtl', figures: FIGURES.ar },
};
