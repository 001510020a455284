/**
 * Port to market data. An adapter is a folder beside this file, and every adapter passes
 * test/contracts/market-data-contract.ts.
 *
 * Every call ends with decoded records or with an error of machines/errors.ts.
 * - `InvalidInput` means that the symbol is malformed or unknown. The customer can correct it.
 * - Code `refused` means that the source declines (a wrong key, a plan without this data), or that
 *   its record lacks what is needed. Retrying does not help.
 * - `Unavailable` means that the source could not be reached, failed, sent no JSON, or limits us
 *   (`facts.retryAfterMs` if it says how long).
 * If the signal of a call is aborted, the call ends with the signal's reason. Keys never appear in
 * a message, a fact or a cause.
 */
import type { Coin, Company, Headline, Quarter, Quote } from './records.ts';

export interface MarketData {
  /** As people know the source. */
  readonly name: string;
  readonly capabilities: MarketDataCapabilities;
  company(symbol: string, signal?: AbortSignal): Promise<Company>;
  quote(symbol: string, signal?: AbortSignal): Promise<Quote>;
  /**
   * Latest eight quarters, oldest first, without a gap. Fewer if the company has reported fewer.
   * Never empty.
   */
  quarters(symbol: string, signal?: AbortSignal): Promise<readonly Quarter[]>;
  /**
   * Symbols of comparable companies, without the company itself. Empty if `capabilities.peers` is
   * false.
   */
  peers(symbol: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Newest first, at most 20. `kind` distinguishes a coin from a share of the same symbol. */
  headlines(symbol: string, kind: 'equity' | 'crypto', signal?: AbortSignal): Promise<readonly Headline[]>;
  coin(symbol: string, signal?: AbortSignal): Promise<Coin>;
}

export interface MarketDataCapabilities {
  readonly peers: boolean;
  /** Whether `coin` has market capitalisation and supply. Otherwise it has the price alone. */
  readonly coinSupply: boolean;
  /** Every symbol of the source if it has few. Null if a symbol has to be looked up. */
  readonly listing: Listing | null;
}

export interface Listing {
  readonly equities: readonly string[];
  readonly coins: readonly string[];
}

/** Quarters to request. Two years, so that a year can be compared with the one before. */
export const QUARTERS = 8;

export const MAX_HEADLINES = 20;
