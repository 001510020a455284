/**
 * Price of a company beside its peers. A multiple of a value that is not positive is meaningless,
 * and null.
 */
import type { TrailingYear } from './trailing-year.ts';

export interface Multiples {
  readonly symbol: string;
  readonly priceToEarnings: number | null;
  readonly enterpriseValueToEbitda: number | null;
  readonly enterpriseValueToSales: number | null;
  readonly priceToFreeCashFlow: number | null;
}

type Multiple = Exclude<keyof Multiples, 'symbol'>;

const MULTIPLES = [
  'priceToEarnings',
  'enterpriseValueToEbitda',
  'enterpriseValueToSales',
  'priceToFreeCashFlow',
] as const satisfies readonly Multiple[];

export interface Standing {
  readonly multiple: Multiple;
  readonly own: number | null;
  /** Of the peers that have this multiple, without the company itself. */
  readonly median: number | null;
  readonly peers: number;
  /**
   * Fraction of the peers that are cheaper. Equal prices count by half. 0 is the cheapest, 1 the
   * dearest.
   */
  readonly percentile: number | null;
  /** Against the median, as a fraction. 0.2 is a fifth dearer. */
  readonly premium: number | null;
}

export interface PeerComparison {
  readonly rows: readonly Multiples[];
  readonly standings: readonly Standing[];
}

/**
 * `marketCap` in the currency of the statements, as `marketCapOf` gives it. A ratio of two
 * currencies is meaningless.
 */
export function multiplesOf(year: TrailingYear, marketCap: number): Multiples {
  const enterpriseValue = marketCap + year.debt + year.minorityInterest - year.cash;
  return {
    symbol: year.symbol,
    priceToEarnings: ratio(marketCap, year.netIncome),
    enterpriseValueToEbitda: ratio(enterpriseValue, year.ebitda),
    enterpriseValueToSales: ratio(enterpriseValue, year.revenue),
    priceToFreeCashFlow: ratio(marketCap, year.freeCashFlow),
  };
}

export function comparePeers(own: Multiples, peers: readonly Multiples[]): PeerComparison {
  const standings = MULTIPLES.map((multiple): Standing => {
    const value = own[multiple];
    const others = peers.map((peer) => peer[multiple]).filter((other) => other !== null);
    const middle = median(others);
    return {
      multiple,
      own: value,
      median: middle,
      peers: others.length,
      percentile: value === null ? null : percentileOf(value, others),
      premium: value === null || middle === null ? null : value / middle - 1,
    };
  });
  return { rows: [own, ...peers], standings };
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}

function percentileOf(value: number, others: readonly number[]): number | null {
  if (others.length === 0) return null;
  const cheaper = others.filter((other) => other < value).length;
  const equal = others.filter((other) => other === value).length;
  return (cheaper + equal / 2) / others.length;
}

function ratio(numerator: number, denominator: number): number | null {
  return numerator > 0 && denominator > 0 ? numerator / denominator : null;
}
