/**
 * Record of a company or a coin, in one form for every source. Amounts are in whole units of the
 * record's currency (not thousands). Dates are ISO days. A missing value is null, never zero.
 */
import * as z from 'zod';

const amount = z.number();
const day = z.iso.date();
const currency = z.string().regex(/^[A-Z]{3}$/);

/** Source of a record. `sample` has invented values, which must not pass for facts. */
const source = z.object({ name: z.string().min(1), sample: z.boolean() });
export type Source = z.infer<typeof source>;

export const company = z.object({
  symbol: z.string().min(1),
  name: z.string().min(1),
  exchange: z.string().nullable(),
  sector: z.string().nullable(),
  industry: z.string().nullable(),
  country: z.string().nullable(),
  currency,
  description: z.string(),
  /** How the share moves with its market. */
  beta: z.number().nullable(),
  source,
});
export type Company = z.infer<typeof company>;

export const quote = z.object({
  symbol: z.string().min(1),
  currency,
  price: amount.positive(),
  previousClose: amount.positive().nullable(),
  marketCap: amount.positive().nullable(),
  sharesOutstanding: z.number().positive().nullable(),
  /** The trading day of the price. */
  day,
  source,
});
export type Quote = z.infer<typeof quote>;

/**
 * One quarter. Costs and `capitalExpenditure` are positive for money spent. Flows are positive for
 * cash received.
 */
export const quarter = z.object({
  symbol: z.string().min(1),
  end: day,
  currency,
  income: z.object({
    revenue: amount,
    costOfRevenue: amount,
    grossProfit: amount,
    operatingIncome: amount,
    interestExpense: amount,
    pretaxIncome: amount,
    incomeTax: amount,
    netIncome: amount,
    /** Shares in issue, diluted if the source has them. */
    shares: z.number().positive().nullable(),
  }),
  balance: z.object({
    /** With what can be sold at once. */
    cash: amount,
    totalAssets: amount,
    totalLiabilities: amount,
    /** With the share of minorities. */
    totalEquity: amount,
    totalDebt: amount,
    minorityInterest: amount,
  }),
  cashFlow: z.object({
    depreciationAndAmortization: amount,
    operating: amount,
    capitalExpenditure: amount,
    investing: amount,
    financing: amount,
    /** Change of all cash, currency effects included. Null if the source has none. */
    netChange: amount.nullable(),
  }),
  source,
});
export type Quarter = z.infer<typeof quarter>;

export const headline = z.object({
  title: z.string().min(1),
  publisher: z.string().nullable(),
  day,
  url: z.url({ protocol: /^https?$/ }).nullable(),
  source,
});
export type Headline = z.infer<typeof headline>;

/** The facts that exist for a crypto asset. It has no statements. */
export const coin = z.object({
  symbol: z.string().min(1),
  name: z.string().min(1),
  currency,
  price: amount.positive(),
  /** Over 24 hours, as a fraction. */
  change: z.number().nullable(),
  marketCap: amount.positive().nullable(),
  circulatingSupply: z.number().positive().nullable(),
  /** Maximum supply. Null if there is no limit, or the source knows none. */
  maximumSupply: z.number().positive().nullable(),
  day,
  source,
});
export type Coin = z.infer<typeof coin>;
