/** Report on a crypto asset, with facts of supply and headlines, and why there is no fair value. */
import type { Language } from '../language.ts';
import type { Coin } from '../market-data/records.ts';
import { coinFacts } from '../valuation/coin-facts.ts';
import type { Sentiment } from '../valuation/sentiment.ts';
import type { ReportDocument } from './document.ts';
import { headlineBlocks } from './headlines.ts';
import { type Opinion, opinionBlocks } from './opinion.ts';
import { REPORT_WORDS } from './words.ts';

export interface CoinAnalysis {
  readonly coin: Coin;
  readonly summary: readonly string[];
  readonly sentiment: Sentiment | null;
  /** If absent, the report has figures alone. */
  readonly opinion?: Opinion;
}

export function coinReport({ coin, summary, sentiment, opinion }: CoinAnalysis, createdAt: number, language: Language): ReportDocument {
  const facts = coinFacts(coin);
  const words = REPORT_WORDS[language];
  const { headings, labels, figures } = words;
  const { amount, money, percent, price } = figures;
  return {
    language,
    title: coin.name,
    subtitle: words.coin(coin.symbol),
    createdAt,
    sample: coin.source.sample,
    sources: [coin.source.name],
    blocks: [
      { kind: 'heading', text: headings.summary },
      ...summary.map((text) => ({ kind: 'paragraph', text }) as const),
      { kind: 'heading', text: headings.facts },
      {
        kind: 'table',
        columns: [labels.glance, ''],
        rows: [
          [words.priceOn(figures.day(coin.day)), price(coin.price, coin.currency)],
          [labels.change, coin.change === null ? percent(null) : figures.change(coin.change)],
          [labels.marketCap, money(facts.marketCap, coin.currency)],
          [labels.supply, amount(coin.circulatingSupply)],
          [labels.maximumSupply, coin.maximumSupply === null ? labels.noLimit : amount(coin.maximumSupply)],
          [labels.issued, percent(facts.issuedShare)],
          [labels.fullyDiluted, money(facts.fullyDilutedValue, coin.currency)],
        ],
      },
      { kind: 'heading', text: headings.fairValue },
      { kind: 'paragraph', text: words.noFairValue(coin.name) },
      ...(opinion === undefined ? [] : opinionBlocks(opinion, words)),
      ...(sentiment === null ? [] : headlineBlocks(sentiment, words)),
    ],
  };
}
