/** Answers to the smaller commands by rules, headlines and a valuation. */
import type { DcfData } from '../tools/dcf.ts';
import type { NewsData } from '../tools/news.ts';
import { about, bullets, document, section, sourcesSection } from './markdown.ts';
import type { Words } from './words.ts';
import { headlinesSection, toneOf } from './write-coin.ts';
import { pricedOf, valuationSections } from './write-equity.ts';

export function newsText(data: NewsData, words: Words): string {
  return document([
    section(words.headings.summary, about(data.symbol, null, data.sample, words), ...bullets([toneOf(data, words), words.toneMethod])),
    headlinesSection(data, words),
    sourcesSection(data, words),
  ]);
}

export function dcfText(data: DcfData, words: Words): string {
  const priced = pricedOf(data, words.price(data.price, data.currency), data.priceDay, words);
  return document([
    section(words.headings.summary, about(`${data.name} (${data.symbol})`, null, data.sample, words), ...bullets(priced)),
    ...valuationSections(data, words),
    sourcesSection(data, words),
  ]);
}
