/** The report on a crypto asset: facts of supply and headlines, and why there is no fair value. */
import type { Coin } from '../market-data/records.ts';
import { coinFacts } from '../valuation/coin-facts.ts';
import type { Sentiment } from '../valuation/sentiment.ts';
import type { ReportDocument } from './document.ts';
import { amount, money, percent, price } from './figures.ts';
import { type Opinion, opinionBlocks } from './opinion.ts';

export interface CoinAnalysis {
  readonly coin: Coin;
  readonly summary: readonly string[];
  readonly sentiment: Sentiment | null;
  /** Absent: figures alone. */
  readonly opinion?: Opinion;
}

export function coinReport({ coin, summary, sentiment, opinion }: CoinAnalysis, createdAt: number): ReportDocument {
  const facts = coinFacts(coin);
  return {
    title: coin.name,
    subtitle: `${coin.symbol} · crypto asset`,
    createdAt,
    sample: coin.source.sample,
    sources: [coin.source.name],
    blocks: [
      { kind: 'heading', text: 'Executive summary' },
      ...summary.map((text) => ({ kind: 'paragraph', text }) as const),
      { kind: 'heading', text: 'Facts' },
      {
        kind: 'table',
        columns: ['At a glance', ''],
        rows: [
          [`Price on ${coin.day}`, price(coin.price, coin.currency)],
          ['Change over 24 hours', percent(coin.change)],
          ['Market capitalisation', money(facts.marketCap, coin.currency)],
          ['Circulating supply', amount(coin.circulatingSupply)],
          ['Maximum supply', coin.maximumSupply === null ? 'no limit known' : amount(coin.maximumSupply)],
          ['Issued so far', percent(facts.issuedShare)],
          ['Capitalisation once all is issued', money(facts.fullyDilutedValue, coin.currency)],
        ],
      },
      { kind: 'heading', text: 'Fair value' },
      { kind: 'paragraph', text: facts.reason },
      ...(opinion === undefined ? [] : opinionBlocks(opinion)),
      ...(sentiment === null
        ? []
        : ([
            { kind: 'heading', text: 'Headlines' },
            {
              kind: 'paragraph',
              text: `Tone: ${sentiment.tone} (${sentiment.score.toFixed(2)} on a scale from -1 to 1). ${sentiment.method}`,
            },
            { kind: 'list', items: sentiment.headlines.map(({ title, day }) => `${day} ${title}`) },
          ] as const)),
    ],
  };
}
