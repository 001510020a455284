/** Remark that the same subject was analysed for the customer before. Pure. */
import type { earlierAnalysesIn } from '../memory/earlier-analyses.ts';
import { arabicPhrases, englishPhrases } from './phrases.ts';
import type { OfflineView } from './plan.ts';

/**
 * In the customer's language. Undefined if no earlier analysis is about the subject of the
 * parameters.
 */
export function analysedBefore({ params }: Pick<OfflineView, 'params'>, earlier: ReturnType<typeof earlierAnalysesIn>): string | undefined {
  const { symbol, locale } = params;
  if (typeof symbol !== 'string') return undefined;
  const same = earlier.find(({ args }) => args.trim().toUpperCase() === symbol.toUpperCase());
  const phrases = typeof locale === 'string' && /^ar\b/i.test(locale) ? arabicPhrases : englishPhrases;
  return same && phrases.analysedBefore(symbol, same.date);
}
