/** Which source of market data there is: the first one with a key, else the bundled sample. */
import type { MarketDataConfig, PlanConfig } from '#src/config/market-data.ts';
import { alphaVantage } from './alpha-vantage/adapter.ts';
import { cached } from './cached.ts';
import { financialModelingPrep } from './financial-modeling-prep/adapter.ts';
import { Pace, type PaceWindow } from './pace.ts';
import type { MarketData } from './port.ts';
import { sampleMarketData } from './sample/adapter.ts';

const SECOND = 1_000;

export function createMarketData({ fmp, alphaVantage: vantage }: MarketDataConfig): MarketData {
  if (fmp !== undefined) {
    return cached(
      financialModelingPrep({ apiKey: fmp.apiKey.reveal(), baseUrl: fmp.baseUrl, pace: new Pace({ windows: windowsOf(fmp) }) }),
    );
  }
  if (vantage !== undefined) {
    // Its free plan takes one request a second, beside what it takes in a minute and a day.
    const windows = [...windowsOf(vantage), ...(vantage.perMinute <= 60 ? [{ ms: SECOND, max: 1 }] : [])];
    return cached(alphaVantage({ apiKey: vantage.apiKey.reveal(), baseUrl: vantage.baseUrl, pace: new Pace({ windows }) }));
  }
  return sampleMarketData();
}

function windowsOf({ perMinute, perDay }: PlanConfig): readonly PaceWindow[] {
  return [
    { ms: 60 * SECOND, max: perMinute },
    { ms: 86_400 * SECOND, max: perDay },
  ];
}
