/**
 * Alpha Vantage, https://www.alphavantage.co/documentation/. It has no peers, and only the price of
 * coins.
 */
import { limited, unknownSymbol } from '../failures.ts';
import { JsonSource } from '../json-source.ts';
import type { RequestPace } from '../pace.ts';
import { MAX_HEADLINES, type MarketData } from '../port.ts';
import { parseSymbol } from '../symbol.ts';
import { ALPHA_VANTAGE, decodeCoin, decodeCompany, decodeHeadlines, decodeQuarters, decodeQuote, noticeOf } from './decode.ts';

export interface AlphaVantageOptions {
  readonly apiKey: string;
  /** Default `https://www.alphavantage.co`. */
  readonly baseUrl?: string;
  /** Milliseconds for one answer. Default 10,000. */
  readonly timeoutMs?: number;
  /** Requests that the plan allows. Default is unlimited. */
  readonly pace?: RequestPace;
}

export function alphaVantage({
  apiKey,
  baseUrl = 'https://www.alphavantage.co',
  timeoutMs = 10_000,
  pace,
}: AlphaVantageOptions): MarketData {
  const source = new JsonSource({ provider: ALPHA_VANTAGE, keyName: 'ALPHA_VANTAGE_API_KEY', apiKey, baseUrl, timeoutMs, pace });

  /**
   * Every refusal has status 200. Notices of limits mention the key too, so limits are matched
   * first.
   */
  async function ask(symbol: string, query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<unknown> {
    const answer = await source.get('/query', query, signal);
    const notice = noticeOf(answer);
    if (notice === undefined) return answer;
    if (/rate limit|call frequency|requests per (?:day|second|minute)|higher API call|sparingly/i.test(notice))
      throw limited(ALPHA_VANTAGE, undefined);
    if (/invalid api call|invalid inputs/i.test(notice)) throw unknownSymbol(ALPHA_VANTAGE, symbol);
    throw source.refused(notice);
  }

  const ofFunction = (name: string, symbol: string, signal?: AbortSignal) => ask(symbol, { function: name, symbol }, signal);

  return {
    name: ALPHA_VANTAGE,
    capabilities: { peers: false, coinSupply: false, listing: null },
    async company(text, signal) {
      const symbol = parseSymbol(text);
      return decodeCompany(await ofFunction('OVERVIEW', symbol, signal), symbol);
    },
    async quote(text, signal) {
      const symbol = parseSymbol(text);
      // The quote has no currency. Requests are sequential, because the free plan allows one a
      // second.
      const overview = await ofFunction('OVERVIEW', symbol, signal);
      return decodeQuote(await ofFunction('GLOBAL_QUOTE', symbol, signal), overview, symbol);
    },
    async quarters(text, signal) {
      const symbol = parseSymbol(text);
      const income = await ofFunction('INCOME_STATEMENT', symbol, signal);
      const balance = await ofFunction('BALANCE_SHEET', symbol, signal);
      const cashFlow = await ofFunction('CASH_FLOW', symbol, signal);
      return decodeQuarters({ income, balance, cashFlow }, symbol);
    },
    peers: async () => [],
    async headlines(text, kind, signal) {
      const symbol = parseSymbol(text);
      const tickers = kind === 'crypto' ? `CRYPTO:${symbol}` : symbol;
      const query = { function: 'NEWS_SENTIMENT', tickers, sort: 'LATEST', limit: String(MAX_HEADLINES) };
      return decodeHeadlines(await ask(symbol, query, signal), symbol).slice(0, MAX_HEADLINES);
    },
    async coin(text, signal) {
      const symbol = parseSymbol(text);
      const query = { function: 'CURRENCY_EXCHANGE_RATE', from_currency: symbol, to_currency: 'USD' };
      return decodeCoin(await ask(symbol, query, signal), symbol);
    },
  };
}
