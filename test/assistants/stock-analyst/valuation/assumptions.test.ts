/** Default assumptions of a valuation, and that it names them. */
import { describe, expect, it } from 'vitest';
import { assume } from '#assistants/stock-analyst/valuation/assumptions.ts';
import { costOfCapital } from '#assistants/stock-analyst/valuation/cost-of-capital.ts';
import { reasonText } from '#assistants/stock-analyst/valuation/reasons.ts';
import { year } from './year.ts';

describe('assumptions', () => {
  it('state the cost of capital by its parts', () => {
    const cost = costOfCapital({
      riskFreeRate: 0.04,
      beta: 1.2,
      equityRiskPremium: 0.05,
      costOfDebt: 0.06,
      taxRate: 0.25,
      equity: 750,
      debt: 250,
    });
    expect(cost).toMatchObject({
      costOfEquity: expect.closeTo(0.1, 12),
      debtShare: 0.25,
      rate: expect.closeTo(0.75 * 0.1 + 0.25 * 0.06 * 0.75, 12),
    });
  });

  it('fall evenly from the first growth to the terminal one, each with its reason', () => {
    const made = assume(year, { marketCap: 2700, beta: 1.1 });
    expect(made.growth).toEqual([0.08, 0.06625, 0.0525, 0.03875, 0.025].map((growth) => expect.closeTo(growth, 10)));
    expect(made.taxRate).toBe(0.25);
    // Interest of 20 on a debt of 300. Debt is 300 of 3,000.
    expect(made.discountRate).toBeCloseTo(0.9 * (0.0425 + 1.1 * 0.05) + 0.1 * (20 / 300) * 0.75, 12);
    expect(made.reasons).toHaveLength(4);
    expect(made.reasons.map(reasonText).join(' ')).toMatch(
      /8\.0\s% in the first year.*25\.0\s%.*2\.5\s% for ever.*9\.\d\s%, the cost of capital/s,
    );
  });

  it('say so when the riskless rate is of another currency than the statements', () => {
    const pounds = { ...year, currency: 'EGP' };
    const warned = (settings = {}) =>
      assume(pounds, { marketCap: 1000, beta: 1 }, settings).reasons.some((reason) => /TEST reports in EGP/.test(reasonText(reason)));
    expect(warned()).toBe(true);
    expect(warned({ riskFreeRate: 0.2 })).toBe(false);
    expect(warned({ discountRate: 0.25 })).toBe(false);
  });

  it('bound what last year suggests, and keep to what is given', () => {
    expect(assume({ ...year, revenueGrowth: 0.9 }, { marketCap: 1000, beta: 9 }).growth[0]).toBe(0.15);
    expect(assume({ ...year, revenueGrowth: -0.5, taxRate: null }, { marketCap: 1000, beta: null })).toMatchObject({
      growth: expect.arrayContaining([-0.05]),
      taxRate: 0.21,
    });
    const given = assume(
      year,
      { marketCap: 1000, beta: 1 },
      { years: 2, initialGrowth: 0.3, terminalGrowth: 0.01, taxRate: 0.1, discountRate: 0.12 },
    );
    expect(given).toMatchObject({
      growth: [0.3, expect.closeTo(0.01, 12)],
      terminalGrowth: 0.01,
      taxRate: 0.1,
      discountRate: 0.12,
      costOfCapital: null,
    });
  });
});
