/** Selects the source of market data. It is the first one with a key, else the bundled sample. */
import { alphaVantage } from './alpha-vantage/adapter.ts';
import { type CachedMarketData, cached } from './cached.ts';
import { financialModelingPrep } from './financial-modeling-prep/adapter.ts';
import { type PaceWindow, RequestPace } from './pace.ts';
import { sampleMarketData } from './sample/adapter.ts';

/**
 * Account with a provider, and the requests that its plan allows. Only the code that makes a
 * request reveals `apiKey`.
 */
export interface ProviderPlan {
  readonly apiKey: { reveal(): string };
  readonly baseUrl: string;
  readonly perDay: number;
  readonly perMinute: number;
}

export interface MarketDataOptions {
  readonly fmp: ProviderPlan | undefined;
  readonly alphaVantage: ProviderPlan | undefined;
}

const SECOND = 1_000;

export function createMarketData({ fmp, alphaVantage: vantage }: MarketDataOptions): CachedMarketData {
  if (fmp !== undefined) {
    return cached(
      financialModelingPrep({ apiKey: fmp.apiKey.reveal(), baseUrl: fmp.baseUrl, pace: new RequestPace({ windows: windowsOf(fmp) }) }),
    );
  }
  if (vantage !== undefined) {
    // Its free plan takes one request a second, beside what it takes in a minute and a day.
    const windows = [...windowsOf(vantage), ...(vantage.perMinute <= 60 ? [{ ms: SECOND, max: 1 }] : [])];
    return cached(alphaVantage({ apiKey: vantage.apiKey.reveal(), baseUrl: vantage.baseUrl, pace: new RequestPace({ windows }) }));
  }
  return cached(sampleMarketData());
}

function windowsOf({ perMinute, perDay }: Pick<ProviderPlan, 'perMinute' | 'perDay'>): readonly PaceWindow[] {
  return [
    { ms: 60 * SECOND, max: perMinute },
    { ms: 86_400 * SECOND, max: perDay },
  ];
}
