/**
 * All records of one company, and what can be computed from them. Missing parts are named, and the
 * rest is used.
 */
import { StatechatError } from '../../index.ts';
import type { MarketData } from '../market-data/port.ts';
import type { Company, Quarter, Quote } from '../market-data/records.ts';
import type { AssumptionSettings } from '../valuation/assumptions.ts';
import { type NoValuation, NoValue } from '../valuation/no-value.ts';
import { type Multiples, multiplesOf } from '../valuation/peers.ts';
import { type TrailingYear, trailingYear } from '../valuation/trailing-year.ts';
import { type CompanyValuation, marketCapOf, valueCompany } from '../valuation/value-company.ts';

export interface LoadedCompany {
  readonly company: Company;
  readonly quote: Quote;
  readonly quarters: readonly Quarter[];
  readonly year: TrailingYear | null;
  /** What is missing. */
  readonly missing: readonly NoValuation[];
}

/**
 * Requests are sequential, because free plans allow few at a time. Throws what `company` or `quote`
 * throw. Continues without statements.
 */
export async function loadCompany(data: MarketData, symbol: string, signal: AbortSignal): Promise<LoadedCompany> {
  const company = await data.company(symbol, signal);
  const quote = await data.quote(symbol, signal);
  const quarters = await attempt(() => data.quarters(symbol, signal));
  if ('refused' in quarters) return { company, quote, quarters: [], year: null, missing: [quarters] };
  const year = await attempt(async () => trailingYear(quarters.value));
  if ('refused' in year) return { company, quote, quarters: quarters.value, year: null, missing: [year] };
  return { company, quote, quarters: quarters.value, year: year.value, missing: [] };
}

export async function valuationOf(
  { company, quote, quarters }: LoadedCompany,
  settings: AssumptionSettings = {},
): Promise<CompanyValuation | NoValuation> {
  const result = await attempt(async () => valueCompany({ company, quote, quarters }, settings));
  return 'refused' in result ? result : result.value;
}

/** Null where there is no year of statements, or price and statements cannot be compared. */
export async function multiplesOfCompany({ quote, year }: LoadedCompany): Promise<Multiples | null> {
  if (year === null) return null;
  const result = await attempt(async () => multiplesOf(year, marketCapOf(quote, year)));
  return 'refused' in result ? null : result.value;
}

/** Message of an error that may be shown. Other errors are thrown on. */
export async function attempt<T>(work: () => Promise<T>): Promise<{ readonly value: T } | NoValuation> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof NoValue) return { refused: error.message, why: error.why };
    if (error instanceof StatechatError && error.expose) return { refused: error.message };
    throw error;
  }
}
