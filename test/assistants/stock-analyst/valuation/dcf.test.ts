/**
 * Valuation against the formulas, computed here once more in another way. Its refusals and its
 * properties (SPEC A7).
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quarter } from '#assistants/stock-analyst/market-data/records.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { COMPANIES } from '#assistants/stock-analyst/market-data/sample/companies.ts';
import { type Assumptions, assume } from '#assistants/stock-analyst/valuation/assumptions.ts';
import { costOfCapital } from '#assistants/stock-analyst/valuation/cost-of-capital.ts';
import { discountedCashFlow } from '#assistants/stock-analyst/valuation/dcf.ts';
import { equityBridge } from '#assistants/stock-analyst/valuation/equity-bridge.ts';
import { presentValue } from '#assistants/stock-analyst/valuation/present-value.ts';
import { type TrailingYear, trailingYear } from '#assistants/stock-analyst/valuation/trailing-year.ts';
import { marketCapOf, valueCompany } from '#assistants/stock-analyst/valuation/value-company.ts';
import { InvalidInput } from '#machines/errors.ts';
import { year } from './year.ts';

const data = sampleMarketData();
const recordsOf = async (symbol: string) => ({
  company: await data.company(symbol),
  quote: await data.quote(symbol),
  quarters: await data.quarters(symbol),
});

const assumptions: Assumptions = {
  growth: [0.08, 0.06, 0.04],
  terminalGrowth: 0.02,
  taxRate: 0.25,
  discountRate: 0.09,
  costOfCapital: null,
  reasons: [],
};

describe('a value', () => {
  it('is what the formula says, term by term', () => {
    const base = 110 + 20 * 0.75;
    const [f1, f2, f3] = [base * 1.08, base * 1.08 * 1.06, base * 1.08 * 1.06 * 1.04];
    const terminal = (f3 * 1.02) / 0.07;
    const enterprise = f1 / 1.09 + f2 / 1.1881 + (f3 + terminal) / 1.295029;
    const { bridge, years, ...dcf } = discountedCashFlow(year, assumptions);
    expect(dcf.baseCashFlow).toBeCloseTo(125, 10);
    expect(years.map(({ freeCashFlow }) => freeCashFlow)).toEqual([f1, f2, f3].map((flow) => expect.closeTo(flow, 9)));
    expect(dcf.terminalValue).toBeCloseTo(terminal, 8);
    expect(dcf.terminalShare).toBeCloseTo(terminal / 1.295029 / enterprise, 10);
    expect(bridge).toMatchObject({
      netDebt: 250,
      enterpriseValue: expect.closeTo(enterprise, 8),
      equityValue: expect.closeTo(enterprise - 250 - 10, 8),
    });
    expect(bridge.valuePerShare).toBeCloseTo((enterprise - 260) / 100, 10);
  });

  it('with flat growth is the closed form of a growing perpetuity', () => {
    fc.assert(
      fc.property(rate(0.05, 0.2), rate(-0.02, 0.04), fc.integer({ min: 1, max: 15 }), (discountRate, growth, years) => {
        const flows = Array.from({ length: years }, (_, index) => 100 * (1 + growth) ** (index + 1));
        const value = presentValue({ flows, terminalFlow: 100 * (1 + growth) ** (years + 1), discountRate, terminalGrowth: growth });
        expect(value.total / ((100 * (1 + growth)) / (discountRate - growth))).toBeCloseTo(1, 9);
      }),
    );
  });

  it('takes the number of shares that it is given before that of the statements', () => {
    const [given, own] = [discountedCashFlow(year, assumptions, 50), discountedCashFlow(year, assumptions)];
    expect(given.bridge.valuePerShare).toBeCloseTo(own.bridge.valuePerShare * 2, 9);
  });
});

function rate(min: number, max: number) {
  return fc.double({ min, max, noNaN: true });
}

describe('what always holds', () => {
  const valueAt = (over: Partial<Assumptions>, of: Partial<TrailingYear> = {}) =>
    discountedCashFlow({ ...year, ...of }, { ...assumptions, ...over }).bridge.valuePerShare;

  it('a higher discount rate gives a lower value', () => {
    fc.assert(
      fc.property(rate(0.03, 0.3), rate(0.001, 0.1), (discountRate, more) => {
        expect(valueAt({ discountRate: discountRate + more })).toBeLessThan(valueAt({ discountRate }));
      }),
    );
  });

  it('higher terminal growth gives a higher value', () => {
    fc.assert(
      fc.property(rate(-0.05, 0.06), rate(0.001, 0.02), (terminalGrowth, more) => {
        expect(valueAt({ terminalGrowth: terminalGrowth + more })).toBeGreaterThan(valueAt({ terminalGrowth }));
      }),
    );
  });

  it('higher growth of any year gives a higher value', () => {
    fc.assert(
      fc.property(fc.array(rate(-0.3, 0.3), { minLength: 1, maxLength: 12 }), fc.nat(), rate(0.001, 0.1), (growth, at, more) => {
        const faster = growth.with(at % growth.length, (growth[at % growth.length] ?? 0) + more);
        expect(valueAt({ growth: faster })).toBeGreaterThan(valueAt({ growth }));
      }),
    );
  });

  it('a dollar more of debt is a dollar less of equity, and one more of cash a dollar more', () => {
    fc.assert(
      fc.property(rate(0, 1000), rate(0, 1000), (debt, cash) => {
        const equity = (of: Partial<TrailingYear>) => discountedCashFlow({ ...year, ...of }, assumptions).bridge.equityValue;
        expect(equity({ debt: debt + 1, cash: 0 })).toBeCloseTo(equity({ debt, cash: 0 }) - 1, 6);
        expect(equity({ debt: 0, cash: cash + 1 })).toBeCloseTo(equity({ debt: 0, cash }) + 1, 6);
      }),
    );
  });

  it('money in thousands gives thousands', () => {
    const scaled = Object.fromEntries(
      Object.entries(year).map(([name, value]) => [
        name,
        typeof value === 'number' && !/Rate|Growth|shares/.test(name) ? value * 1000 : value,
      ]),
    );
    expect(valueAt({}, scaled)).toBeCloseTo(valueAt({}) * 1000, 6);
  });
});

describe('the sensitivity table', () => {
  it('has the value itself in the middle, falls down and rises to the right', () => {
    const { sensitivity, bridge } = discountedCashFlow(year, assumptions);
    expect(sensitivity.discountRates).toEqual([0.07, 0.08, 0.09, 0.1, 0.11].map((rate) => expect.closeTo(rate, 12)));
    expect(sensitivity.terminalGrowths).toEqual([0.01, 0.015, 0.02, 0.025, 0.03].map((rate) => expect.closeTo(rate, 12)));
    expect(sensitivity.valuePerShare[2]?.[2]).toBeCloseTo(bridge.valuePerShare, 10);
    const cell = (row: number, column: number) => sensitivity.valuePerShare[row]?.[column] ?? Number.NaN;
    for (let row = 0; row < 5; row += 1)
      for (let column = 1; column < 5; column += 1) expect(cell(row, column)).toBeGreaterThan(cell(row, column - 1));
    for (let column = 0; column < 5; column += 1)
      for (let row = 1; row < 5; row += 1) expect(cell(row, column)).toBeLessThan(cell(row - 1, column));
    expect(cell(0, 4)).toBeCloseTo(
      discountedCashFlow(year, { ...assumptions, discountRate: 0.07, terminalGrowth: 0.03 }).bridge.valuePerShare,
      8,
    );
  });

  it('leaves cells empty where growth reaches the rate', () => {
    const { sensitivity } = discountedCashFlow(year, { ...assumptions, discountRate: 0.035, terminalGrowth: 0.02 });
    expect(sensitivity.valuePerShare[0]).toEqual([expect.any(Number), null, null, null, null]);
  });
});

describe('refusals', () => {
  const refusal = (make: () => unknown) => {
    try {
      make();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInput);
      if (error instanceof InvalidInput) return error.message;
    }
    return expect.fail('it was not refused');
  };

  it.each([
    ['growth at the discount rate', { terminalGrowth: 0.09 }, /below the discount rate/],
    ['growth a rounding error below the discount rate', { terminalGrowth: 0.09 - 1e-12 }, /by at least 0.10 %/],
    ['growth above the discount rate', { terminalGrowth: 0.2 }, /below the discount rate/],
    ['a rate that is no number', { discountRate: Number.NaN }, /discount rate must be a number/],
    ['an infinite rate', { discountRate: Number.POSITIVE_INFINITY }, /must be a number/],
    ['a rate below all', { discountRate: -1, terminalGrowth: -3 }, /above -100 %/],
    ['growth that is no number', { growth: [0.1, Number.NaN] }, /Growth of year 2/],
    ['growth that loses more than all', { growth: [-1.5] }, /above -100 %/],
    ['no year', { growth: [] }, /at least one forecast year/],
  ] as const)('%s', (_, over, message) => {
    expect(refusal(() => discountedCashFlow(year, { ...assumptions, ...over }))).toMatch(message);
  });

  it.each([
    ['zero shares', { shares: 0 }, /shares must be positive/],
    ['negative shares', { shares: -5 }, /shares must be positive/],
    ['shares that are no number', { shares: Number.NaN }, /must be a number/],
    ['unknown shares', { shares: null }, /number of TEST's shares is not known/],
    ['no free cash flow', { freeCashFlow: -200 }, /no positive free cash flow/],
    ['infinite debt', { debt: Number.POSITIVE_INFINITY }, /must be a number/],
  ] as const)('%s', (_, over, message) => {
    expect(refusal(() => discountedCashFlow({ ...year, ...over }, assumptions))).toMatch(message);
  });

  it('missing statements', async () => {
    const { quarters } = await recordsOf('AAPL');
    expect(refusal(() => trailingYear([]))).toMatch(/there are 0 quarters/);
    expect(refusal(() => trailingYear(quarters.slice(0, 3)))).toMatch(/there are 3 quarters/);
  });

  it('quarters or a quote in another currency', async () => {
    const { company, quote, quarters } = await recordsOf('AAPL');
    const changed = quarters.map((quarter, index): Quarter => (index === 0 ? { ...quarter, currency: 'EUR' } : quarter));
    expect(refusal(() => trailingYear(changed))).toMatch(/changed its reporting currency \(EUR, USD\)/);
    expect(refusal(() => valueCompany({ company, quote: { ...quote, currency: 'EUR' }, quarters }))).toMatch(
      /quoted in EUR and reports in USD/,
    );
  });

  it('senseless costs of capital and years', () => {
    const costs = { riskFreeRate: 0.04, beta: 1, equityRiskPremium: 0.05, costOfDebt: 0.05, taxRate: 0.2, equity: 100, debt: 10 };
    expect(refusal(() => costOfCapital({ ...costs, equity: 0 }))).toMatch(/must be positive/);
    expect(refusal(() => costOfCapital({ ...costs, debt: -1 }))).toMatch(/cannot be negative/);
    expect(refusal(() => costOfCapital({ ...costs, taxRate: 1 }))).toMatch(/below 1/);
    expect(refusal(() => costOfCapital({ ...costs, beta: Number.NaN }))).toMatch(/must be a number/);
    expect(refusal(() => assume(year, { marketCap: 1000, beta: 1 }, { years: 16 }))).toMatch(/give 1 to 15/);
    expect(refusal(() => equityBridge({ enterpriseValue: Number.NaN, cash: 0, debt: 0, minorityInterest: 0, shares: 1 }))).toMatch(
      /must be a number/,
    );
  });
});

describe('from records', () => {
  it('a year is the sum of its four quarters', async () => {
    const { quarters } = await recordsOf('MSFT');
    const made = trailingYear(quarters);
    const latest = quarters.slice(4);
    expect(made.revenue).toBe(latest.map(({ income }) => income.revenue).reduce((a, b) => a + b));
    expect(made.ebitda).toBe(
      latest.map(({ income, cashFlow }) => income.operatingIncome + cashFlow.depreciationAndAmortization).reduce((a, b) => a + b),
    );
    expect(made.freeCashFlow).toBe(latest.map(({ cashFlow }) => cashFlow.operating - cashFlow.capitalExpenditure).reduce((a, b) => a + b));
    expect(made).toMatchObject({
      cash: quarters[7]?.balance.cash,
      debt: quarters[7]?.balance.totalDebt,
      end: '2026-09-30',
      shares: 7_430_000_000,
    });
    expect(trailingYear(latest).revenueGrowth).toBeNull();
  });

  it.each(COMPANIES.map((seed) => seed.symbol))('%s of the sample has a sensible value, or says why it has none', async (symbol) => {
    const records = await recordsOf(symbol);
    try {
      const { dcf, upside } = valueCompany(records);
      expect(dcf.assumptions.discountRate).toBeGreaterThan(0.04);
      expect(dcf.assumptions.discountRate).toBeLessThan(0.15);
      expect(dcf.bridge.valuePerShare).toBeGreaterThan(0);
      expect(upside).toBeCloseTo(dcf.bridge.valuePerShare / records.quote.price - 1, 12);
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringMatching(/no positive free cash flow/) });
    }
  });

  it('takes price times shares where a source tells no market capitalisation', async () => {
    const { quote, quarters } = await recordsOf('KO');
    const made = trailingYear(quarters);
    expect(marketCapOf({ ...quote, marketCap: null }, made)).toBe(quote.price * 4_310_000_000);
    expect(marketCapOf({ ...quote, marketCap: null, sharesOutstanding: null }, made)).toBe(quote.price * 4_310_000_000);
    expect(() => marketCapOf({ ...quote, marketCap: null, sharesOutstanding: null }, { ...made, shares: null })).toThrow(/not known/);
  });
});
