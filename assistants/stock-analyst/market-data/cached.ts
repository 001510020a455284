/**
 * Cache around any source of market data. Requests cost money, and free plans have few.
 *
 * Owns answers for a limited time, including that a symbol is unknown, and one shared request for
 * callers that need the same at once. Other failures are not cached.
 * A caller that leaves gets its signal's reason at once. The request continues, because it is paid
 * for and the next caller needs it.
 */

import { LRUCache } from 'lru-cache';
import { InvalidInput } from '../../index.ts';
import type { MarketData } from './port.ts';

const MINUTE = 60_000;

/**
 * Lifetime of an answer in milliseconds. Statements and profiles change four times a year, prices
 * all the time.
 */
const KEEP_MS = {
  company: 24 * 60 * MINUTE,
  quarters: 24 * 60 * MINUTE,
  peers: 24 * 60 * MINUTE,
  headlines: 30 * MINUTE,
  quote: 5 * MINUTE,
  coin: 5 * MINUTE,
} as const;

/**
 * How long a symbol stays unknown, so that invented symbols do not use up the plan of all
 * customers.
 */
const UNKNOWN_MS = 6 * 60 * MINUTE;

export interface CacheOptions {
  /** Milliseconds since any point in the past. Default is the process's own clock. */
  readonly now?: () => number;
  /** Most cached answers. Default 2,000, some 10 MB. */
  readonly max?: number;
}

export interface CachedMarketData extends MarketData {
  /**
   * The same source and the same cache. `onAnswer` receives for each answer whether it took no
   * request of its own.
   */
  observed(onAnswer: (hit: boolean) => void): MarketData;
}

export function cached(data: MarketData, { now = () => performance.now(), max = 2_000 }: CacheOptions = {}): CachedMarketData {
  const kept = new LRUCache<string, object>({ max, ttlResolution: 0, perf: { now } });
  const pending = new Map<string, Promise<object>>();

  /** `key` has all that `ask` depends on, and is of no other answer's type. */
  async function once<T extends object>(
    of: keyof typeof KEEP_MS,
    key: string,
    ask: () => Promise<T>,
    { signal, onAnswer }: { readonly signal: AbortSignal | undefined; readonly onAnswer: (hit: boolean) => void },
  ): Promise<T> {
    signal?.throwIfAborted();
    const name = `${of} ${key.trim().toUpperCase()}`;
    const known = kept.get(name) ?? pending.get(name);
    onAnswer(known !== undefined);
    if (known instanceof InvalidInput) throw known;
    if (known !== undefined) return decodeKept<T>(await orLeft(Promise.resolve(known), signal));
    const answer = ask().then(
      (value) => {
        kept.set(name, value, { ttl: KEEP_MS[of] });
        return value;
      },
      (error: unknown) => {
        if (error instanceof InvalidInput) kept.set(name, error, { ttl: UNKNOWN_MS });
        throw error;
      },
    );
    pending.set(name, answer);
    const done = (): boolean => pending.delete(name);
    answer.then(done, done);
    return orLeft(answer, signal);
  }

  const { name, capabilities } = data;
  const observed = (onAnswer: (hit: boolean) => void): MarketData => ({
    name,
    capabilities,
    company: (symbol, signal) => once('company', symbol, () => data.company(symbol), { signal, onAnswer }),
    quote: (symbol, signal) => once('quote', symbol, () => data.quote(symbol), { signal, onAnswer }),
    quarters: (symbol, signal) => once('quarters', symbol, () => data.quarters(symbol), { signal, onAnswer }),
    peers: (symbol, signal) => once('peers', symbol, () => data.peers(symbol), { signal, onAnswer }),
    headlines: (symbol, kind, signal) => once('headlines', `${kind} ${symbol}`, () => data.headlines(symbol, kind), { signal, onAnswer }),
    coin: (symbol, signal) => once('coin', symbol, () => data.coin(symbol), { signal, onAnswer }),
  });
  return { ...observed(() => {}), observed };
}

/** The one cast. One method alone uses a name, so a name has one type. */
function decodeKept<T extends object>(value: object): T {
  return value as T;
}

async function orLeft<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return answer;
  // A request may itself abort it.
  signal.throwIfAborted();
  const left = Promise.withResolvers<never>();
  const leave = (): void => left.reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([answer, left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
