/** What the program itself writes in a report, by language. */
import type { Language } from '../language.ts';
import { FIGURES } from './figures.ts';
import type { ReportWords } from './phrases.ts';
import { arabicReport } from './words-arabic.ts';
import { englishReport } from './words-english.ts';

export const REPORT_WORDS: Readonly<Record<Language, ReportWords>> = {
  en: { ...englishReport, language: 'en', direction: 'ltr', figures: FIGURES.en },
  ar: { ...arabicReport, language: 'ar', direction: 'rtl', figures: FIGURES.ar },
};
