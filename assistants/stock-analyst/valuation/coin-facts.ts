/**
 * Facts about a crypto asset. It has no cash flows to discount, so there are facts of supply, no
 * value, and the reason.
 */
import type { Coin } from '../market-data/records.ts';

export interface CoinFacts {
  readonly symbol: string;
  readonly fairValue: null;
  readonly reason: string;
  readonly marketCap: number | null;
  /** The market capitalisation once all that can exist does, at today's price. */
  readonly fullyDilutedValue: number | null;
  /** How much of what can exist is there already, as a fraction. */
  readonly issuedShare: number | null;
}

export function coinFacts({ symbol, name, price, marketCap, circulatingSupply, maximumSupply }: Coin): CoinFacts {
  return {
    symbol,
    fairValue: null,
    reason: noFairValue(name),
    marketCap,
    fullyDilutedValue: maximumSupply === null ? null : price * maximumSupply,
    issuedShare: maximumSupply === null || circulatingSupply === null ? null : circulatingSupply / maximumSupply,
  };
}

/** In English, for models and readers. */
export function noFairValue(name: string): string {
  return `${name} has no revenue and no cash flows that belong to its holders. A discounted cash flow would only repeat its own assumptions, so no fair value is given.`;
}
