/** What a report on several things does without, and why. */
import type { Block } from './document.ts';
import type { ReportWords } from './phrases.ts';

export function missingBlocks(
  missing: readonly { readonly symbol: string; readonly why: string }[],
  { headings }: ReportWords,
): readonly Block[] {
  if (missing.length === 0) return [];
  return [
    { kind: 'heading', text: headings.missing },
    { kind: 'list', items: missing.map(({ symbol, why }) => `${symbol}: ${why}`) },
  ];
}
