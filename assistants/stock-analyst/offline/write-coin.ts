/** The analysis of a coin by rules. */
import type { Opinion } from '../report/opinion.ts';
import type { CoinData } from '../tools/company-data.ts';
import type { NewsData } from '../tools/news.ts';
import { about, bullets, document, labelled, section, sourcesSection } from './markdown.ts';
import type { Words } from './words.ts';

export function coinView(data: CoinData, words: Words): Opinion & { readonly summary: readonly string[] } {
  const { price, currency, priceDay: day, change, issuedShare } = data;
  return {
    rating: 'not_rated',
    summary: [words.coinSummary({ price: words.price(price, currency), day, change }), words.noFairValue],
    strengths: issuedShare === null ? [] : [words.issued(words.percent(issuedShare))],
    risks: words.coinRisks,
    outlook: words.noOutlook,
    writtenBy: words.writtenBy,
  };
}

export function coinText(data: CoinData, news: NewsData | undefined, words: Words, report?: string): string {
  const { summary, strengths, risks, outlook } = coinView(data, words);
  const { headings, labels } = words;
  const money = (value: number | null) => (value === null ? words.none : words.money(value, data.currency));
  const supply = (value: number | null, none: string) => (value === null ? none : words.money(value, data.symbol));
  return document([
    section(
      headings.summary,
      about(`${data.name} (${data.symbol})`, 'crypto', data.sample, words),
      ...bullets([...summary, ...(news === undefined ? [] : [toneOf(news, words)])]),
    ),
    section(
      headings.figures,
      labelled(labels.price, `${words.price(data.price, data.currency)} (${data.priceDay})`),
      labelled(labels.change, data.change === null ? words.none : words.percent(data.change)),
      labelled(labels.marketCap, money(data.marketCap)),
      labelled(labels.supply, supply(data.circulatingSupply, words.none)),
      labelled(labels.maximumSupply, supply(data.maximumSupply, words.noLimit)),
      labelled(labels.fullyDiluted, money(data.fullyDilutedValue)),
    ),
    section(headings.valuation, words.noFairValue),
    section(headings.strengths, ...bullets(strengths)),
    section(headings.risks, ...bullets(risks)),
    section(headings.outlook, outlook),
    ...(news === undefined ? [] : [headlinesSection(news, words)]),
    sourcesSection(data, words, report),
  ]);
}

export function toneOf({ tone, score, headlines }: NewsData, words: Words): string {
  return words.tone(words.tones[tone], score.toFixed(2), headlines.length);
}

export function headlinesSection({ headlines }: NewsData, words: Words): string {
  const marks = { '1': '+', '0': '0', '-1': '−' };
  const marked = (score: number) => marks[score > 0 ? '1' : score < 0 ? '-1' : '0'];
  return section(words.headings.headlines, ...headlines.map(({ day, title, score }) => `- ${day} (${marked(score)}) ${title}`));
}
