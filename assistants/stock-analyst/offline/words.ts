/**
 * Sentences of the offline analyst, in each of its languages. They contain figures that tools gave,
 * and nothing else.
 */
import type { Rating } from '../report/rating.ts';
import type { SessionType } from '../request.ts';

export interface Words {
  /** Exact marks of the offline model, which names itself once. */
  readonly offline: string;
  readonly howToSet: string;
  readonly writtenBy: string;
  readonly typeLabel: string;
  readonly types: Readonly<Record<SessionType, string>>;
  readonly ratings: Readonly<Record<Rating, string>>;
  readonly tones: Readonly<Record<'positive' | 'neutral' | 'negative', string>>;
  readonly headings: Readonly<
    Record<
      | 'summary'
      | 'figures'
      | 'valuation'
      | 'assumptions'
      | 'sensitivity'
      | 'strengths'
      | 'risks'
      | 'outlook'
      | 'sources'
      | 'comparison'
      | 'standing'
      | 'holdings'
      | 'sectors'
      | 'headlines'
      | 'coins'
      | 'missing',
      string
    >
  >;
  readonly labels: Readonly<
    Record<
      | 'price'
      | 'change'
      | 'marketCap'
      | 'beta'
      | 'revenue'
      | 'growth'
      | 'grossMargin'
      | 'operatingMargin'
      | 'netIncome'
      | 'freeCashFlow'
      | 'cash'
      | 'debt'
      | 'value'
      | 'enterpriseValue'
      | 'supply'
      | 'maximumSupply'
      | 'fullyDiluted'
      | 'discountRate'
      | 'terminalGrowth'
      | 'priceToEarnings'
      | 'enterpriseValueToEbitda'
      | 'enterpriseValueToSales'
      | 'priceToFreeCashFlow'
      | 'upside'
      | 'weight'
      | 'median'
      | 'sector',
      string
    >
  >;
  /** `USD 118.00`. */
  readonly price: (value: number, currency: string) => string;
  /** Of millions. */
  readonly money: (millions: number, currency: string) => string;
  /** With a minus where there is one. */
  readonly percent: (fraction: number, digits?: number) => string;
  readonly times: (multiple: number) => string;
  readonly noLimit: string;
  readonly none: string;
  /** Between parts of a list in a sentence. */
  readonly comma: string;
  readonly priceAndValue: (of: { price: string; day: string; value: string; upside: number; rating: Rating }) => string;
  readonly priceOnly: (price: string, day: string) => string;
  readonly noValue: (reason: string) => string;
  readonly noStatements: (reasons: string) => string;
  readonly revenueGrew: (revenue: string, growth: number | null, end: string) => string;
  readonly margins: (operating: string, cashFlow: string) => string;
  readonly balance: (cash: string, debt: string, more: 'cash' | 'debt') => string;
  readonly grows: (growth: string) => string;
  readonly earnsWell: (margin: string) => string;
  readonly paysItself: (cashFlow: string) => string;
  readonly owesLittle: (cash: string, debt: string) => string;
  readonly marginRose: (from: string, to: string) => string;
  readonly marginFell: (from: string, to: string) => string;
  readonly shrinks: (growth: string) => string;
  readonly owesMuch: (debt: string, years: string) => string;
  readonly farAway: (share: string, years: number) => string;
  readonly rateMatters: (low: string, high: string) => string;
  readonly swings: (beta: string) => string;
  readonly dear: (gap: string) => string;
  readonly outlook: (of: { first: string; last: string; rate: string; worse: string; better: string; years: number }) => string;
  readonly noOutlook: string;
  readonly assumed: (of: { first: string; last: string; years: number; tax: string; rate: string; base: string }) => string;
  readonly coinSummary: (of: { price: string; day: string; change: number | null }) => string;
  readonly noFairValue: string;
  readonly issued: (share: string) => string;
  readonly coinRisks: readonly string[];
  readonly tone: (tone: string, score: string, count: number) => string;
  readonly toneMethod: string;
  readonly cheapest: (name: string, multiple: string) => string;
  readonly fastest: (name: string, growth: string) => string;
  readonly furthestBelow: (name: string, upside: string) => string;
  readonly compared: (names: string) => string;
  readonly premium: (multiple: string, own: string, median: string, premium: number) => string;
  readonly portfolioOf: (count: number, largest: string, weight: string) => string;
  readonly effective: (count: string) => string;
  readonly weightedBeta: (beta: string, coverage: string) => string;
  readonly weightedUpside: (upside: number, coverage: string) => string;
  readonly concentrated: (sector: string, weight: string) => string;
  readonly overview: (companies: number, sectors: number, coins: number, basket: boolean) => string;
  readonly sectorLine: (of: { companies: number; growth: string; margin: string; earnings: string }) => string;
  readonly notAvailable: (what: string) => string;
  /** A word that a source of data wrote. */
  readonly sourceWord: (word: string) => string;
  readonly data: (source: string) => string;
  readonly sample: string;
  readonly sampleShort: string;
  readonly market: string;
  /** Rows and columns of the table of sensitivity. */
  readonly rateByGrowth: string;
  readonly otherCurrency: (currency: string) => string;
  readonly realData: string;
  readonly offlineAnalyst: string;
  readonly notAdvice: string;
  readonly report: (name: string) => string;
  readonly failed: (reason: string) => string;
}
