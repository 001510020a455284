/** The languages that the analyst's own words are in. */
export type Language = 'en' | 'ar';

/** Language for a BCP 47 tag, which is Arabic or else English. */
export function languageOf(locale: string): Language {
  return /^ar\b/i.test(locale) ? 'ar' : 'en';
}
