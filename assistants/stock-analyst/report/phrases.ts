/**
 * All text that the program itself writes in a report, in each of its languages. Figures arrive
 * formatted.
 */
import type { Language } from '../language.ts';
import type { NoValuation } from '../valuation/no-value.ts';
import type { Multiples } from '../valuation/peers.ts';
import type { AssumptionReason } from '../valuation/reasons.ts';
import type { Sentiment } from '../valuation/sentiment.ts';
import type { Figures } from './figures.ts';
import type { Rating } from './rating.ts';

type Heading =
  | 'summary'
  | 'strengths'
  | 'risks'
  | 'outlook'
  | 'statements'
  | 'valuation'
  | 'peers'
  | 'headlines'
  | 'facts'
  | 'fairValue'
  | 'comparison'
  | 'coins'
  | 'standing'
  | 'holdings'
  | 'spread'
  | 'missing'
  | 'end';

type Label =
  | 'glance'
  | 'rating'
  | 'marketCap'
  | 'beta'
  | 'valueByCashFlow'
  | 'valueAgainstPrice'
  | 'revenue'
  | 'grossProfit'
  | 'operatingIncome'
  | 'netIncome'
  | 'operatingCashFlow'
  | 'capitalExpenditure'
  | 'freeCashFlow'
  | 'cash'
  | 'debt'
  | 'equity'
  | 'year'
  | 'growth'
  | 'worthToday'
  | 'terminalValue'
  | 'bridge'
  | 'enterpriseValue'
  | 'lessDebt'
  | 'plusCash'
  | 'lessMinorities'
  | 'equityValue'
  | 'shares'
  | 'valuePerShare'
  | 'discountRate'
  | 'terminalGrowth'
  | 'multiple'
  | 'median'
  | 'percentile'
  | 'headline'
  | 'date'
  | 'tone'
  | 'change'
  | 'supply'
  | 'maximumSupply'
  | 'noLimit'
  | 'issued'
  | 'fullyDiluted'
  | 'price'
  | 'revenueGrowth'
  | 'operatingMargin'
  | 'holding'
  | 'holdings'
  | 'largest'
  | 'effectiveHoldings'
  | 'weight'
  | 'sector'
  | 'currency';

export interface ReportPhrases {
  readonly headings: Readonly<Record<Heading, string>>;
  readonly labels: Readonly<Record<Label, string>>;
  readonly ratings: Readonly<Record<Rating, string>>;
  readonly tones: Readonly<Record<Sentiment['tone'], string>>;
  readonly multiples: Readonly<Record<Exclude<keyof Multiples, 'symbol'>, string>>;
  /** Line below the title. */
  readonly onExchange: (symbol: string, exchange: string | null) => string;
  readonly coin: (symbol: string) => string;
  readonly priceOn: (day: string) => string;
  readonly madeOn: (date: string) => string;
  readonly page: (number: number, count: number) => string;
  /** What the file is called where it is sent. */
  readonly caption: (symbol: string, date: string) => string;
  /** Between names in a sentence. */
  readonly comma: string;
  /** What a report on a portfolio is called, and what it is called in a caption. */
  readonly portfolioTitle: string;
  readonly portfolioName: string;
  readonly portfolioLimits: string;
  /** Of how much of a portfolio a mean is. */
  readonly coverage: (share: string) => string;
  /** Of holdings that have no sector of their own. */
  readonly sectors: { readonly coins: string; readonly unknown: string };
  readonly chart: (unit: string) => string;
  readonly base: (cashFlow: string) => string;
  readonly reason: (reason: AssumptionReason) => string;
  /** Why, in the reader's language where the reason is one of ours. */
  readonly refusal: (refused: NoValuation) => string;
  readonly noValuation: (refused: NoValuation) => string;
  readonly terminalShare: (share: string, years: number) => string;
  readonly sensitivity: (currency: string) => string;
  readonly toneIs: (tone: string, score: string, headlines: number) => string;
  readonly toneMethod: string;
  readonly noFairValue: (name: string) => string;
  /** `null` for a model without a name. */
  readonly writtenBy: (who: string | null) => string;
  /** A word that a source of data wrote. */
  readonly sourceWord: (word: string) => string;
  readonly data: (sources: readonly string[]) => string;
  readonly sample: string;
  readonly sampleMark: string;
  readonly disclaimer: string;
}

export interface ReportWords extends ReportPhrases {
  readonly language: Language;
  readonly direction: 'ltr' | 'rtl';
  readonly figures: Figures;
}
