/** The languages that the analyst's own words are in. */
export type Language = 'en' | 'ar';

/** Of a BCP 47 language: Arabic, or else English. */
export function languageOf(locale: string): Language {
  return /^ar\b/i.test(locale) ? 'ar' : 'en';
}
