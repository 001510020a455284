/** What a customer's word for a share or a coin means. */

import { InvalidInput } from '../../index.ts';
export interface Subject {
  readonly kind: 'equity' | 'crypto';
  readonly symbol: string;
}

/**
 * Shares such as `AAPL`, `BRK.B`, `RR-A`, `2222.SR`. Coins have the same letters, or `BTC-USD` and
 * `BTC/USD`.
 */
const SYMBOL = /^[A-Z0-9]{1,10}(?:[.-][A-Z0-9]{1,4})?$/;
const PAIR = /^([A-Z0-9]{2,10})[-/]USDT?$/;

/** Bare codes that people mean the coin by. Any other coin can be named as a pair. */
const COINS = new Set(['BTC', 'ETH', 'SOL', 'XRP', 'BNB', 'ADA', 'DOGE', 'USDT', 'USDC', 'DOT', 'LTC', 'AVAX', 'TRX', 'XLM', 'XMR']);

export function parseSubject(text: string): Subject {
  const word = text.trim().replace(/^\$/, '').toUpperCase();
  const pair = PAIR.exec(word)?.[1];
  if (pair !== undefined) return { kind: 'crypto', symbol: pair };
  return { kind: COINS.has(word) ? 'crypto' : 'equity', symbol: parseSymbol(word) };
}

/** In capitals. Anything else never reaches a provider. */
export function parseSymbol(text: string): string {
  const symbol = text.trim().toUpperCase();
  if (SYMBOL.test(symbol)) return symbol;
  throw new InvalidInput(`"${text.slice(0, 20)}" is not a ticker symbol: send one such as AAPL, BRK.B or BTC-USD`);
}
