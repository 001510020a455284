/**
 * Financial Modeling Prep, its `stable` API,
 * https://site.financialmodelingprep.com/developer/docs/stable
 */
import { limited, unknownSymbol } from '../failures.ts';
import { JsonSource } from '../json-source.ts';
import type { RequestPace } from '../pace.ts';
import { MAX_HEADLINES, type MarketData, QUARTERS } from '../port.ts';
import { parseSymbol } from '../symbol.ts';
import {
  decodeCoin,
  decodeCompany,
  decodeHeadlines,
  decodePeers,
  decodeQuarters,
  decodeQuote,
  errorMessage,
  FINANCIAL_MODELING_PREP,
  listOf,
} from './decode.ts';

export interface FinancialModelingPrepOptions {
  readonly apiKey: string;
  /** Default `https://financialmodelingprep.com/stable`. */
  readonly baseUrl?: string;
  /** Milliseconds for one answer. Default 10,000. */
  readonly timeoutMs?: number;
  /** Requests that the plan allows. Default is unlimited. */
  readonly pace?: RequestPace;
}

export function financialModelingPrep({
  apiKey,
  baseUrl = 'https://financialmodelingprep.com/stable',
  timeoutMs = 10_000,
  pace,
}: FinancialModelingPrepOptions): MarketData {
  const source = new JsonSource({ provider: FINANCIAL_MODELING_PREP, keyName: 'FMP_API_KEY', apiKey, baseUrl, timeoutMs, pace });

  /** The rows of an answer. Some refusals come with status 200. */
  async function rows(path: string, query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<readonly unknown[]> {
    const answer = await source.get(path, query, signal);
    const message = errorMessage(answer);
    if (message !== undefined) throw /limit reach/i.test(message) ? limited(FINANCIAL_MODELING_PREP, undefined) : source.refused(message);
    return listOf(answer);
  }

  /** A symbol that is not known is an empty list. */
  async function known(
    path: string,
    symbol: string,
    query: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<readonly unknown[]> {
    const found = await rows(path, query, signal);
    if (found.length === 0) throw unknownSymbol(FINANCIAL_MODELING_PREP, symbol);
    return found;
  }

  return {
    name: FINANCIAL_MODELING_PREP,
    capabilities: { peers: true, coinSupply: true, listing: null },
    async company(text, signal) {
      const symbol = parseSymbol(text);
      return decodeCompany((await known('/profile', symbol, { symbol }, signal))[0], symbol);
    },
    async quote(text, signal) {
      const symbol = parseSymbol(text);
      // The quote has no currency.
      const [profile, quote] = await Promise.all([
        known('/profile', symbol, { symbol }, signal),
        known('/quote', symbol, { symbol }, signal),
      ]);
      return decodeQuote(quote[0], decodeCompany(profile[0], symbol));
    },
    async quarters(text, signal) {
      const symbol = parseSymbol(text);
      const query = { symbol, period: 'quarter', limit: String(QUARTERS) };
      const statements = ['/income-statement', '/balance-sheet-statement', '/cash-flow-statement'].map((path) =>
        known(path, symbol, query, signal),
      );
      const [income = [], balance = [], cashFlow = []] = await Promise.all(statements);
      return decodeQuarters({ income, balance, cashFlow }, symbol);
    },
    async peers(text, signal) {
      const symbol = parseSymbol(text);
      return decodePeers(await rows('/stock-peers', { symbol }, signal), symbol);
    },
    async headlines(text, kind, signal) {
      const symbol = parseSymbol(text);
      const [path, symbols] = kind === 'crypto' ? ['/news/crypto', `${symbol}USD`] : ['/news/stock', symbol];
      return decodeHeadlines(await rows(path, { symbols, limit: String(MAX_HEADLINES) }, signal));
    },
    async coin(text, signal) {
      const symbol = parseSymbol(text);
      const pair = `${symbol}USD`;
      const [quote, list] = await Promise.all([
        known('/quote', symbol, { symbol: pair }, signal),
        // The only endpoint with supplies, for all coins at once.
        rows('/cryptocurrency-list', {}, signal),
      ]);
      return decodeCoin(quote[0], list, symbol);
    },
  };
}
