/**
 * Symbols of shares, coins, indices, exchange rates and futures, as sources and people write them.
 * Pure.
 */

import { InvalidInput } from '../../index.ts';
export interface Subject {
  readonly kind: 'equity' | 'crypto';
  readonly symbol: string;
}

/**
 * What has a symbol, and neither results of a year nor a supply, so there is nothing to analyse.
 */
export type OtherKind = 'index' | 'currency' | 'future';

/**
 * Shares such as `AAPL`, `BRK.B`, `RR-A`, `M&M.NS`, `BAJAJ-AUTO.NS`, `2222.SR`. Coins have the same
 * letters, or `BTC-USD` and `BTC/USD`.
 */
const SHARE = /^[A-Z0-9]{1,10}(?:&[A-Z0-9]{1,10})?(?:[.-][A-Z0-9]{1,5}){0,2}$/;
/** A class of shares, `RDS/A`, is the same as `RDS.A`. */
const CLASS = /^([A-Z]{1,6})\/([A-Z]{1,2})$/;
const PAIR = /^([A-Z0-9]{2,10})[-/]USDT?$/;
const OTHERS: readonly (readonly [OtherKind, RegExp])[] = [
  ['index', /^\^[A-Z0-9]{1,10}(?:\.[A-Z]{1,4})?$/],
  ['currency', /^[A-Z]{3,6}=X$/],
  ['future', /^[A-Z0-9]{1,6}=F$/],
];

/** Exchanges as search engines write them before a symbol, and what sources write behind it. */
const EXCHANGES: Readonly<Record<string, string>> = {
  NASDAQ: '',
  NYSE: '',
  NYSEARCA: '',
  NYSEAMERICAN: '',
  AMEX: '',
  LON: '.L',
  LSE: '.L',
  ETR: '.DE',
  FRA: '.F',
  EPA: '.PA',
  AMS: '.AS',
  BIT: '.MI',
  BME: '.MC',
  SWX: '.SW',
  TYO: '.T',
  HKG: '.HK',
  KRX: '.KS',
  NSE: '.NS',
  BOM: '.BO',
  ASX: '.AX',
  TSX: '.TO',
  TADAWUL: '.SR',
};

/** `NYSE: KO` is one symbol. */
const EXCHANGE_BEFORE = new RegExp(`\\b(${Object.keys(EXCHANGES).join('|')}):\\s*(?=[A-Z0-9])`, 'gi');

/** Bare codes that people mean the coin by. Any other coin can be named as a pair. */
const COINS = new Set(['BTC', 'ETH', 'SOL', 'XRP', 'BNB', 'ADA', 'DOGE', 'USDT', 'USDC', 'DOT', 'LTC', 'AVAX', 'TRX', 'XLM', 'XMR']);

/** Any symbol after `symbolWord`, for a schema. */
export const SYMBOL_WORD = /^(?:\^?[A-Z0-9]{1,10}(?:&[A-Z0-9]{1,10})?(?:[./-][A-Z0-9]{1,5}){0,2}|[A-Z0-9]{1,6}=[XF])$/;

const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;
/** What people put around a symbol. `^` and `$` before it belong to it. */
const AROUND = /^[\s"'“”„«»‹›‘’`´()[\]{}<>*_~.,:;!?¿¡؟،؛#@-]+|[\s"'“”„«»‹›‘’`´()[\]{}<>*_~.,:;!?¿¡؟،؛#@$^&=/-]+$/gu;

/**
 * Full-width letters as Latin ones, no invisible characters, and an exchange next to its symbol.
 */
export function plainText(text: string): string {
  return text.normalize('NFKC').replaceAll(UNSEEN, '').replaceAll(EXCHANGE_BEFORE, '$1:');
}

/**
 * A symbol as sources write it, from what a person or a model wrote, such as `“aapl”?` or
 * `NYSE:KO`.
 */
export function symbolWord(text: string): string {
  const word = plainText(text).replaceAll(AROUND, '').replace(/^\$/, '').toUpperCase();
  const [, exchange = '', symbol = ''] = /^([A-Z]{2,12}):\s*(.+)$/.exec(word) ?? [];
  const ending = Object.hasOwn(EXCHANGES, exchange) ? EXCHANGES[exchange] : undefined;
  return (ending === undefined ? word : `${symbol}${ending}`).replace(CLASS, '$1.$2');
}

/** Throws `NotAnalysed` for a symbol of another kind, `InvalidInput` for what is no symbol. */
export function parseSubject(text: string): Subject {
  const word = symbolWord(text);
  const pair = PAIR.exec(word)?.[1];
  if (pair !== undefined) return { kind: 'crypto', symbol: pair };
  const other = OTHERS.find(([, pattern]) => pattern.test(word));
  if (other !== undefined) throw new NotAnalysed(other[0], word);
  return { kind: COINS.has(word) ? 'crypto' : 'equity', symbol: parseSymbol(word) };
}

/** In capitals. Anything else never reaches a provider. */
export function parseSymbol(text: string): string {
  const symbol = text.trim().toUpperCase();
  if (SHARE.test(symbol)) return symbol;
  throw new InvalidInput(`"${text.slice(0, 20)}" is not a ticker symbol: send one such as AAPL, BRK.B or BTC-USD`);
}

const CALLED: Readonly<Record<OtherKind, string>> = { index: 'an index', currency: 'an exchange rate', future: 'a future' };

/** A symbol that is understood, of something that is not analysed. */
export class NotAnalysed extends InvalidInput {
  readonly kind: OtherKind;
  readonly symbol: string;

  constructor(kind: OtherKind, symbol: string) {
    super(`${symbol} is ${CALLED[kind]}. Shares and crypto assets are analysed, and there is an overview of the market.`, { kind, symbol });
    this.kind = kind;
    this.symbol = symbol;
  }
}
