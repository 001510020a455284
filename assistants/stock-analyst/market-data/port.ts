/**
 * Market data, whoever provides it. Owns nothing: an adapter is a folder beside this file, and all pass
 * test/contracts/market-data-contract.ts.
 *
 * Every call ends with decoded records or with an error of machines/errors.ts:
 * - `InvalidInput`: the symbol is none, or the source does not know it. The customer can mend it.
 * - code `refused`: the source says no (a wrong key, a plan without this data), or its record lacks what is needed. Retrying does not help.
 * - `Unavailable`: it could not be reached, failed, sent no JSON, or limits us (`facts.retryAfterMs` where it says how long).
 * A call whose signal was aborted ends with the signal's reason. Keys never stand in a message, a fact or a cause.
 */
import type { Coin, Company, Headline, Quarter, Quote } from './records.ts';

export interface MarketData {
  /** As people know the source. */
  readonly name: string;
  readonly capabilities: MarketDataCapabilities;
  company(symbol: string, signal?: AbortSignal): Promise<Company>;
  quote(symbol: string, signal?: AbortSignal): Promise<Quote>;
  /** The latest eight quarters, oldest first, with no gap; fewer where the company has not reported so many. Never none. */
  quarters(symbol: string, signal?: AbortSignal): Promise<readonly Quarter[]>;
  /** Symbols of comparable companies, without the company itself. Empty where `capabilities.peers` is false. */
  peers(symbol: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Newest first, at most 20. `kind` tells a coin from a share of the same symbol. */
  headlines(symbol: string, kind: 'equity' | 'crypto', signal?: AbortSignal): Promise<readonly Headline[]>;
  coin(symbol: string, signal?: AbortSignal): Promise<Coin>;
}

export interface MarketDataCapabilities {
  readonly peers: boolean;
  /** Whether `coin` tells market capitalisation and supply; else only the price. */
  readonly coinSupply: boolean;
  /** Every symbol that it has, where that is little enough to say; null: it has to be asked. */
  readonly listing: Listing | null;
}

export interface Listing {
  readonly equities: readonly string[];
  readonly coins: readonly string[];
}

/** How many quarters are asked for: two years, so that a year can be compared with the one before. */
export const QUARTERS = 8;

export const MAX_HEADLINES = 20;
