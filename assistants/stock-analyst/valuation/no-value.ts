/**
 * Reason why a valuation makes no sense, as data, so that it can be shown in the reader's language.
 */

import { InvalidInput } from '../../index.ts';
export type WhyNoValue =
  | { readonly because: 'tooFewQuarters'; readonly quarters: number }
  | { readonly because: 'currencyChanged'; readonly symbol: string; readonly currencies: readonly string[] }
  | { readonly because: 'noCashFlow'; readonly symbol: string; readonly end: string; readonly baseCashFlow: number }
  | { readonly because: 'sharesUnknown'; readonly symbol: string }
  | { readonly because: 'twoCurrencies'; readonly symbol: string; readonly quoted: string; readonly reported: string }
  | { readonly because: 'growthTooHigh'; readonly terminalGrowth: number; readonly discountRate: number; readonly least: number };

/** Missing valuation, with the reason in English, and as data if it is one of ours. */
export interface NoValuation {
  readonly refused: string;
  readonly why?: WhyNoValue;
}

/** The message is in English, for models, logs and callers of the API. */
export class NoValue extends InvalidInput {
  readonly why: WhyNoValue;

  constructor(message: string, why: WhyNoValue) {
    super(message, { ...why });
    this.name = 'NoValue';
    this.why = why;
  }
}
