/** Offers as a customer reads them, each with why it fits and where it does not. Pure. */
import type { PropertyFacts } from '../facts/schema.ts';
import type { Point } from '../listings/match.ts';
import type { SearchResult } from '../tools.ts';
import type { Words } from './words.ts';

/** Points that are named of one offer. The weightiest come first. */
const MOST_POINTS = 4;
const IN_SHORT: ReadonlySet<string> = new Set<Point>(['place', 'budget', 'type', 'bedrooms']);

export function writeOffers(words: Words, facts: PropertyFacts, found: SearchResult['found'], isWider: boolean): string {
  if (found.length === 0) return words.noOffers;
  const isNear = isWider || found.every(({ misses }) => misses.some((point) => IN_SHORT.has(point)));
  const lines = found.map(({ listing, fits, misses }, index) => {
    const why = fits.length === 0 ? '' : words.fits(fits.slice(0, MOST_POINTS));
    const not = misses.length === 0 ? '' : words.misses({ listing, misses: misses.slice(0, MOST_POINTS) }, facts);
    const reasons = [why, not].filter((part) => part !== '').join(words.comma);
    return `${index + 1}. ${words.listing(listing)}${reasons === '' ? '' : `. ${sentence(reasons)}`}`;
  });
  return [isNear ? words.nearest : words.offers(found.length), '', ...lines, '', words.afterOffers].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
