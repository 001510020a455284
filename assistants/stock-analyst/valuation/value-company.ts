/**
 * Valuation of a company from a source's records. It is the one call for a caller that has the
 * records.
 */
import type { Company, Quarter, Quote } from '../market-data/records.ts';
import { type AssumptionSettings, assume } from './assumptions.ts';
import { type DcfValuation, discountedCashFlow } from './dcf.ts';
import { NoValue } from './no-value.ts';
import { type TrailingYear, trailingYear } from './trailing-year.ts';

export interface CompanyValuation {
  readonly year: TrailingYear;
  readonly dcf: DcfValuation;
  readonly marketCap: number;
  /** Value per share against the price, as a fraction. 0.1 is a tenth above. */
  readonly upside: number;
}

export interface CompanyRecords {
  readonly company: Pick<Company, 'beta'>;
  readonly quote: Quote;
  readonly quarters: readonly Quarter[];
}

export function valueCompany({ company, quote, quarters }: CompanyRecords, settings: AssumptionSettings = {}): CompanyValuation {
  const year = trailingYear(quarters);
  const marketCap = marketCapOf(quote, year);
  const dcf = discountedCashFlow(year, assume(year, { marketCap, beta: company.beta }, settings), quote.sharesOutstanding ?? year.shares);
  return { year, dcf, marketCap, upside: dcf.bridge.valuePerShare / quote.price - 1 };
}

/** In the currency of the statements. */
export function marketCapOf({ symbol, currency, price, marketCap, sharesOutstanding }: Quote, year: TrailingYear): number {
  if (currency !== year.currency) {
    throw new NoValue(
      `${symbol} is quoted in ${currency} and reports in ${year.currency}: the two cannot be compared without a rate of exchange. Use its listing at home.`,
      { because: 'twoCurrencies', symbol, quoted: currency, reported: year.currency },
    );
  }
  const shares = sharesOutstanding ?? year.shares;
  if (marketCap !== null) return marketCap;
  if (shares === null)
    throw new NoValue(`The number of ${symbol}'s shares is not known: use another source of data.`, { because: 'sharesUnknown', symbol });
  return price * shares;
}
