/** From what the operations are worth to what one share is worth. */
import { InvalidInput } from '../../index.ts';
import { requireFinite } from './present-value.ts';

export interface BridgeInput {
  readonly enterpriseValue: number;
  readonly cash: number;
  readonly debt: number;
  readonly minorityInterest: number;
  readonly shares: number;
}

export interface EquityBridge extends BridgeInput {
  /** Debt less cash. Negative if there is more cash. */
  readonly netDebt: number;
  /**
   * Negative if the debt exceeds the value of everything. The shares have no value by this method
   * then.
   */
  readonly equityValue: number;
  readonly valuePerShare: number;
}

export function equityBridge(input: BridgeInput): EquityBridge {
  const { enterpriseValue, cash, debt, minorityInterest, shares } = input;
  for (const [name, value] of Object.entries(input)) requireFinite(`${name} of the equity bridge`, value);
  if (shares <= 0)
    throw new InvalidInput(`The number of shares must be positive, and is ${shares}. Check the source's statements.`, { shares });
  const netDebt = debt - cash;
  const equityValue = enterpriseValue - netDebt - minorityInterest;
  return { ...input, netDebt, equityValue, valuePerShare: equityValue / shares };
}
