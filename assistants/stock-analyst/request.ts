/**
 * Parameters of a full analysis (SPEC A7). It has one of five types, each with its subject.
 * Commands parse to these as well.
 */
import * as z from 'zod';
import { SYMBOL_WORD, symbolWord } from './market-data/symbol.ts';

export const SESSION_TYPES = ['equity', 'crypto', 'portfolio', 'comparative', 'macro'] as const;
export type SessionType = (typeof SESSION_TYPES)[number];

/** Tokens and turns grow with each, and readers do not compare more. */
export const MAX_COMPARED = 5;
export const MAX_HOLDINGS = 12;

/** Read as generously as a customer's word. What it names is decided where it is looked up. */
export const symbolText = z.string().max(60).overwrite(symbolWord).regex(SYMBOL_WORD, 'expected a symbol such as AAPL, BRK.B or BTC');

/** BCP 47. */
export const locale = z.string().max(35).default('en');

export const holding = z.object({
  symbol: symbolText,
  /** Share of the whole, in any unit. The weights are normalised to a sum of 1. */
  weight: z.number().positive().max(1e15),
});
export type Holding = z.infer<typeof holding>;

const requestFields = z.object({
  /** If absent, the other fields decide. */
  type: z.enum(SESSION_TYPES).optional(),
  symbol: symbolText.optional(),
  symbols: z.array(symbolText).min(1).max(MAX_COMPARED).optional(),
  holdings: z.array(holding).min(1).max(MAX_HOLDINGS).optional(),
  locale,
});

/** Read from one object, with what its type needs. */
export const analysisRequest = requestFields.transform((request, context) => {
  const { symbol, symbols, holdings, locale } = request;
  const all = [...new Set(symbols ?? (symbol === undefined ? [] : [symbol]))];
  const type = request.type ?? (holdings ? 'portfolio' : all.length > 1 ? 'comparative' : all.length === 1 ? 'equity' : undefined);
  const [first] = all;
  const missing = (what: string) => {
    context.addIssue({ code: 'custom', message: what });
    return z.NEVER;
  };
  if (type === 'macro') return { type, locale } as const;
  if (type === 'portfolio') {
    if (holdings === undefined) return missing('a portfolio needs holdings: [{symbol, weight}]');
    return { type, holdings, locale } as const;
  }
  if (type === 'comparative') {
    if (all.length < 2) return missing('a comparison needs symbols: at least two different ones');
    return { type, symbols: all, locale } as const;
  }
  if (type === undefined || first === undefined || all.length > 1)
    return missing('give one symbol, or symbols, or holdings, or the type macro');
  return { type, symbol: first, locale } as const;
});
export type StockRequest = z.output<typeof analysisRequest>;
