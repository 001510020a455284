/** The languages that the concierge's own words are in. */
export type Language = 'en' | 'ar';

/** Language of the last text with letters, else of the locale, a BCP 47 tag. */
export function languageOf(texts: readonly string[], locale: string): Language {
  const spoken = texts.findLast((text) => /\p{L}/u.test(text));
  if (spoken === undefined) return /^ar\b/i.test(locale) ? 'ar' : 'en';
  const arabic = spoken.match(/\p{Script=Arabic}+/gu)?.length ?? 0;
  const latin = spoken.match(/\p{Script=Latin}+/gu)?.length ?? 0;
  return arabic > 0 && arabic >= latin ? 'ar' : 'en';
}
