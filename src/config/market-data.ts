/** Settings of market data (SPEC A7), and the providers that they name. */
import * as z from 'zod';
import type { Secret } from '#machines/secret.ts';
import { httpUrl, quantity, secret, type ValuesOf } from '#machines/setting.ts';
import { name } from './setting.ts';

const key = secret(z.string().regex(/^\S+$/, 'expected a key without spaces'));
const requests = quantity('requests', 1, 10_000_000, true);

export const MARKET_DATA_NAMES = {
  FMP_API_KEY: name({
    group: 'Market data',
    schema: key,
    about:
      'Key of Financial Modeling Prep, the source of the figures of the stock analyst. If it is unset, the source is Alpha Vantage with `ALPHA_VANTAGE_API_KEY`, otherwise the bundled sample. Its figures are invented, and answers say so.',
    secret: true,
  }),
  FMP_BASE_URL: name({
    group: 'Market data',
    schema: httpUrl('https://api.example.com'),
    fallback: 'https://financialmodelingprep.com/stable',
    about: 'URL of Financial Modeling Prep. Change it if you use a gateway of your own.',
  }),
  FMP_REQUESTS_PER_DAY: name({
    group: 'Market data',
    schema: requests,
    fallback: '250',
    about:
      'Requests to Financial Modeling Prep within 24 hours. After that, analyses say that the limit is reached. The default is the limit of its free plan. A full analysis makes about 25, peers included, and a second one on the same day hardly any. Each instance counts for itself, from its start.',
  }),
  FMP_REQUESTS_PER_MINUTE: name({
    group: 'Market data',
    schema: requests,
    fallback: '300',
    about: 'Requests to Financial Modeling Prep within a minute. Further requests wait for their turn, up to a minute.',
  }),
  ALPHA_VANTAGE_API_KEY: name({
    group: 'Market data',
    schema: key,
    about: 'Key of Alpha Vantage, which is used if `FMP_API_KEY` is unset. It has no peers, and only the price of coins.',
    secret: true,
  }),
  ALPHA_VANTAGE_BASE_URL: name({
    group: 'Market data',
    schema: httpUrl('https://api.example.com'),
    fallback: 'https://www.alphavantage.co',
    about: 'URL of Alpha Vantage. Change it if you use a gateway of your own.',
  }),
  ALPHA_VANTAGE_REQUESTS_PER_DAY: name({
    group: 'Market data',
    schema: requests,
    fallback: '25',
    about:
      'Requests to Alpha Vantage within 24 hours, as with `FMP_REQUESTS_PER_DAY`. The default is the limit of its free plan, which is enough for about three full analyses, without peers.',
  }),
  ALPHA_VANTAGE_REQUESTS_PER_MINUTE: name({
    group: 'Market data',
    schema: requests,
    fallback: '5',
    about:
      'Requests to Alpha Vantage within a minute. Further requests wait for their turn, up to a minute. With 60 or fewer, there is also at most one a second, which its free plan requires.',
  }),
};

/** One provider, and what its plan allows. */
export interface PlanConfig {
  readonly apiKey: Secret;
  readonly baseUrl: string;
  readonly perDay: number;
  readonly perMinute: number;
}

export interface MarketDataConfig {
  readonly fmp: PlanConfig | undefined;
  readonly alphaVantage: PlanConfig | undefined;
}

type MarketDataNames = typeof MARKET_DATA_NAMES;

export function marketDataOf(read: <N extends keyof MarketDataNames>(name: N) => ValuesOf<MarketDataNames>[N]): MarketDataConfig {
  const plan = (apiKey: Secret | undefined, rest: Omit<PlanConfig, 'apiKey'>) => (apiKey === undefined ? undefined : { apiKey, ...rest });
  return {
    fmp: plan(read('FMP_API_KEY'), {
      baseUrl: read('FMP_BASE_URL'),
      perDay: read('FMP_REQUESTS_PER_DAY'),
      perMinute: read('FMP_REQUESTS_PER_MINUTE'),
    }),
    alphaVantage: plan(read('ALPHA_VANTAGE_API_KEY'), {
      baseUrl: read('ALPHA_VANTAGE_BASE_URL'),
      perDay: read('ALPHA_VANTAGE_REQUESTS_PER_DAY'),
      perMinute: read('ALPHA_VANTAGE_REQUESTS_PER_MINUTE'),
    }),
  };
}
