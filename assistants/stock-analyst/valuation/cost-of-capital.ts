/**
 * Weighted average cost of capital. Cost of equity by the capital asset pricing model and debt
 * after tax, by market weights.
 */
import { InvalidInput } from '../../index.ts';
import { requireFinite } from './present-value.ts';

export interface CapitalCosts {
  readonly riskFreeRate: number;
  readonly beta: number;
  readonly equityRiskPremium: number;
  /** Before tax. */
  readonly costOfDebt: number;
  readonly taxRate: number;
  /** What the shares are worth on the market. */
  readonly equity: number;
  readonly debt: number;
}

export interface CostOfCapital extends CapitalCosts {
  readonly costOfEquity: number;
  /** Of equity plus debt. */
  readonly debtShare: number;
  readonly rate: number;
}

export function costOfCapital(costs: CapitalCosts): CostOfCapital {
  const { riskFreeRate, beta, equityRiskPremium, costOfDebt, taxRate, equity, debt } = costs;
  for (const [name, value] of Object.entries(costs)) requireFinite(`${name} of the cost of capital`, value);
  if (equity <= 0) throw new InvalidInput('The market value of the equity must be positive. Check the price and the number of shares.');
  if (debt < 0) throw new InvalidInput('Debt cannot be negative. Check the balance sheet.');
  if (taxRate < 0 || taxRate >= 1) throw new InvalidInput('The tax rate must be from 0 to below 1.');
  const costOfEquity = riskFreeRate + beta * equityRiskPremium;
  const debtShare = debt / (equity + debt);
  return { ...costs, costOfEquity, debtShare, rate: (1 - debtShare) * costOfEquity + debtShare * costOfDebt * (1 - taxRate) };
}
