/**
 * `calculate_dcf` values a share by its cash flows, with the arithmetic of valuation/, its
 * assumptions and their influence.
 */

import * as z from 'zod';
import { defineTool, InvalidInput, type Tool } from '../../index.ts';
import { subjectIn } from '../market-data/subject.ts';
import { symbolText } from '../request.ts';
import type { AssumptionSettings } from '../valuation/assumptions.ts';
import { reasonText } from '../valuation/reasons.ts';
import { valueCompany } from '../valuation/value-company.ts';
import { fraction, millions, perShare } from './figures.ts';
import { wordsFor } from './language.ts';
import { attempt } from './load.ts';
import { PATIENCE_MS, type StockToolParts, sourceOf, sourceShape } from './source.ts';

const rate = z.number().min(-1).max(10);

/** Over the defaults. Rates are fractions. */
export const assumptionInput = z.object({
  years: z.number().int().optional().describe('Forecast years, 1 to 15. Default 5'),
  initialGrowth: rate
    .optional()
    .describe('Of the first year, falling evenly to terminalGrowth. Default: revenue growth of the last year, within -0.05 and 0.15'),
  terminalGrowth: rate.optional().describe('For ever after. Default 0.025'),
  taxRate: rate.optional().describe('Default: as paid last year'),
  discountRate: rate.optional().describe('Default: the cost of capital'),
  riskFreeRate: rate.optional().describe('For the cost of capital. Default 0.0425, which is one of US dollars'),
  equityRiskPremium: rate.optional().describe('For the cost of capital. Default 0.05'),
});

/** Without what was not given. */
export function dcfSettingsOf(input: z.output<typeof assumptionInput>): AssumptionSettings {
  const { years, initialGrowth, terminalGrowth, taxRate, discountRate, riskFreeRate, equityRiskPremium } = input;
  return {
    ...(years === undefined ? {} : { years }),
    ...(initialGrowth === undefined ? {} : { initialGrowth }),
    ...(terminalGrowth === undefined ? {} : { terminalGrowth }),
    ...(taxRate === undefined ? {} : { taxRate }),
    ...(discountRate === undefined ? {} : { discountRate }),
    ...(riskFreeRate === undefined ? {} : { riskFreeRate }),
    ...(equityRiskPremium === undefined ? {} : { equityRiskPremium }),
  };
}

const series = z.array(z.number());

export const dcfData = z.object({
  symbol: z.string(),
  name: z.string(),
  currency: z.string(),
  price: z.number(),
  priceDay: z.string(),
  valuePerShare: z.number(),
  /** Value against price. */
  upside: z.number(),
  unit: z.string(),
  baseCashFlow: z.number(),
  years: z.object({ growth: series, freeCashFlow: series, presentValue: series }),
  discountRate: z.number(),
  terminalGrowth: z.number(),
  taxRate: z.number(),
  terminalValue: z.number(),
  /** Of the enterprise value, after the forecast years. */
  terminalShare: z.number(),
  enterpriseValue: z.number(),
  netDebt: z.number(),
  equityValue: z.number(),
  sharesInMillions: z.number(),
  assumptions: z.array(z.string()),
  /** Value per share, with a row for each discount rate and a column for each terminal growth. */
  sensitivity: z.object({ discountRates: series, terminalGrowths: series, valuePerShare: z.array(z.array(z.number().nullable())) }),
  ...sourceShape,
});
export type DcfData = z.infer<typeof dcfData>;

export function dcfTool({ data }: StockToolParts): Tool {
  return defineTool({
    name: 'calculate_dcf',
    description:
      'Values a share by discounted cash flow from its last four quarters, with the assumptions that it made and a table of what the value is if they differ. Give assumptions only where there is a reason, and tell it. It refuses what makes no sense (growth at the discount rate, a loss, a coin) and says why.',
    input: z.object({ symbol: symbolText, ...assumptionInput.shape }),
    timeoutMs: PATIENCE_MS,
    run: async ({ symbol: text, ...input }, { signal, session }): Promise<DcfData> => {
      const { kind, symbol } = subjectIn(data, text);
      if (kind === 'crypto') throw new InvalidInput(wordsFor(session).noFairValue((await data.coin(symbol, signal)).name), { symbol });
      const company = await data.company(symbol, signal);
      const quote = await data.quote(symbol, signal);
      const quarters = await data.quarters(symbol, signal);
      const valued = await attempt(async () => valueCompany({ company, quote, quarters }, dcfSettingsOf(input)));
      if ('refused' in valued) throw new InvalidInput(wordsFor(session).refusal(valued), { symbol });
      const { dcf, upside } = valued.value;
      const { assumptions, bridge, sensitivity, years } = dcf;
      return {
        symbol,
        name: company.name,
        currency: dcf.currency,
        price: perShare(quote.price),
        priceDay: quote.day,
        valuePerShare: perShare(bridge.valuePerShare),
        upside: fraction(upside),
        unit: `money in millions of ${dcf.currency}, per share in ${dcf.currency}`,
        baseCashFlow: millions(dcf.baseCashFlow),
        years: {
          growth: years.map(({ growth }) => fraction(growth)),
          freeCashFlow: years.map(({ freeCashFlow }) => millions(freeCashFlow)),
          presentValue: years.map(({ presentValue }) => millions(presentValue)),
        },
        discountRate: fraction(assumptions.discountRate),
        terminalGrowth: fraction(assumptions.terminalGrowth),
        taxRate: fraction(assumptions.taxRate),
        terminalValue: millions(dcf.terminalValue),
        terminalShare: fraction(dcf.terminalShare),
        enterpriseValue: millions(bridge.enterpriseValue),
        netDebt: millions(bridge.netDebt),
        equityValue: millions(bridge.equityValue),
        sharesInMillions: millions(bridge.shares),
        assumptions: assumptions.reasons.map(reasonText),
        sensitivity: {
          discountRates: sensitivity.discountRates.map(fraction),
          terminalGrowths: sensitivity.terminalGrowths.map(fraction),
          valuePerShare: sensitivity.valuePerShare.map((row) => row.map((value) => (value === null ? null : perShare(value)))),
        },
        ...sourceOf([company.source, quote.source, ...quarters.map(({ source }) => source)]),
      };
    },
  });
}
