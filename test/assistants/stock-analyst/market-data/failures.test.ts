/**
 * Failures of a provider, over real HTTP. Each is a typed error that names what to do and contains
 * no key.
 */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alphaVantage } from '#assistants/stock-analyst/market-data/alpha-vantage/adapter.ts';
import { financialModelingPrep } from '#assistants/stock-analyst/market-data/financial-modeling-prep/adapter.ts';
import type { MarketData } from '#assistants/stock-analyst/market-data/port.ts';
import { StatechatError } from '#machines/errors.ts';
import { fakeAlphaVantage } from '#test/fakes/alpha-vantage.ts';
import { fakeFinancialModelingPrep } from '#test/fakes/financial-modeling-prep.ts';
import type { JsonProvider } from '#test/fakes/json-provider.ts';

const KEY = 'CANARY+key/7f3a';

const PROVIDERS = [
  { name: 'Financial Modeling Prep', fake: fakeFinancialModelingPrep, create: financialModelingPrep },
  { name: 'Alpha Vantage', fake: fakeAlphaVantage, create: alphaVantage },
];

async function failureOf(promise: Promise<unknown>): Promise<StatechatError> {
  const error: unknown = await promise.then(
    () => expect.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StatechatError)) throw error;
  const everything =
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify({ ...error, message: error.message });
  expect(everything).not.toContain('CANARY');
  return error;
}

describe.each(PROVIDERS)('$name', ({ name, fake, create }) => {
  let server: JsonProvider;
  let data: MarketData;
  beforeEach(async () => {
    server = await fake(KEY);
    data = create({ apiKey: KEY, baseUrl: server.url });
  });
  afterEach(() => server.close());

  it('sends the key with every request, and only as the key', async () => {
    await data.quarters('AAPL');
    expect(server.requests.length).toBe(3);
    for (const { query } of server.requests) expect(query.get('apikey')).toBe(KEY);
  });

  it('needs a key and a base URL', () => {
    expect(() => create({ apiKey: '' })).toThrow(/Set (FMP|ALPHA_VANTAGE)_API_KEY/);
    expect(() => create({ apiKey: KEY, baseUrl: 'not a url' })).toThrow(/is not a URL/);
  });

  it('refuses for good with a wrong key, for whoever runs the program', async () => {
    const error = await failureOf(create({ apiKey: 'CANARY-wrong', baseUrl: server.url }).company('AAPL'));
    expect(error).toMatchObject({
      code: 'refused',
      retryable: false,
      expose: false,
      message: expect.stringMatching(/Check (FMP|ALPHA_VANTAGE)_API_KEY/),
    });
  });

  it('waits as long as a 429 says', async () => {
    server.says({ status: 429, headers: { 'retry-after': '17' }, body: { 'Error Message': 'Limit Reach' } });
    const error = await failureOf(data.quote('AAPL'));
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, facts: { provider: name, retryAfterMs: 17_000 } });
    expect(error.message).toContain('in 17 s');
    server.says({ status: 429, body: '' });
    expect((await failureOf(data.quote('AAPL'))).facts).not.toHaveProperty('retryAfterMs');
  });

  it.each([500, 502, 503])('is asked again after a %i', async (status) => {
    server.says({ status, body: '<html>down</html>' });
    expect(await failureOf(data.quarters('AAPL'))).toMatchObject({ retryable: true, facts: { status } });
  });

  it('quotes a refusal without the key in it', async () => {
    server.says({ status: 403, body: `no plan for the key ${KEY}` });
    const error = await failureOf(data.company('AAPL'));
    expect(error).toMatchObject({ code: 'refused', retryable: false });
    expect(error.message).toContain('no plan for the key [key]');
  });

  it('gives up on a provider that says nothing', async () => {
    server.says('hang');
    const error = await failureOf(create({ apiKey: KEY, baseUrl: server.url, timeoutMs: 50 }).quote('AAPL'));
    expect(error).toMatchObject({ retryable: true, message: expect.stringContaining('did not answer within 0.05 s') });
  });

  it('is unavailable when the answer breaks off or nobody listens', async () => {
    server.says('cut');
    expect(await failureOf(data.company('AAPL'))).toMatchObject({
      retryable: true,
      message: expect.stringContaining('could not be reached'),
    });
    const nobody = create({ apiKey: KEY, baseUrl: 'http://127.0.0.1:1' });
    expect(await failureOf(nobody.company('AAPL'))).toMatchObject({
      retryable: true,
      message: expect.stringContaining('could not be reached'),
    });
  });

  it('follows no redirect, which would carry the key away', async () => {
    server.says({ status: 302, headers: { location: `${server.url}/elsewhere` }, body: '' });
    expect(await failureOf(data.company('AAPL'))).toMatchObject({ retryable: true });
    expect(server.requests.length).toBe(1);
  });

  it.each(['<html>hello</html>', '{"symbol": ', ''])('takes %j for what it is: no JSON', async (body) => {
    server.says({ body });
    expect(await failureOf(data.company('AAPL'))).toMatchObject({ retryable: true, message: expect.stringContaining('not JSON') });
  });

  it('says what is too large to be market data', async () => {
    server.says({ body: JSON.stringify('x'.repeat(5_000_001)) });
    expect(await failureOf(data.company('AAPL'))).toMatchObject({ message: expect.stringContaining('larger than') });
  });

  it.each([[[{ nothing: 1 }]], [null], [7], ['text'], [{ quarterlyReports: [{ fiscalDateEnding: '2026-09-30' }], Symbol: 'AAPL' }]])(
    'names the fields that %j lacks',
    async (body) => {
      server.says({ body: JSON.stringify(body) });
      for (const call of [data.company, data.quarters]) {
        expect(await failureOf(call('AAPL'))).toMatchObject({
          code: 'refused',
          retryable: false,
          facts: { symbol: 'AAPL', missing: expect.any(String) },
        });
      }
    },
  );
});

describe('Alpha Vantage, with status 200', () => {
  let server: JsonProvider;
  let data: MarketData;
  beforeEach(async () => {
    server = await fakeAlphaVantage(KEY);
    data = alphaVantage({ apiKey: KEY, baseUrl: server.url });
  });
  afterEach(() => server.close());

  it.each([
    { Information: `The rate limit of your API key ${KEY} is reached.` },
    { Note: 'Our standard API call frequency is 5 calls per minute.' },
    { Information: `We have detected your API key as ${KEY} and our standard API rate limit is 25 requests per day.` },
    { Information: 'Please consider spreading out your free API requests more sparingly (1 request per second).' },
  ])('is limited: %j', async (body) => {
    server.says({ body });
    expect(await failureOf(data.quote('AAPL'))).toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringContaining('takes no more requests'),
    });
  });

  it('refuses what the plan does not include', async () => {
    server.says({ body: { Information: `This is a premium endpoint for your key ${KEY}.` } });
    const error = await failureOf(data.headlines('AAPL', 'equity'));
    expect(error).toMatchObject({ code: 'refused', expose: false });
    expect(error.message).toContain('premium endpoint for your key [key]');
  });
});

describe('Financial Modeling Prep, with status 200', () => {
  it('is limited or refuses by its Error Message', async () => {
    const server = await fakeFinancialModelingPrep(KEY);
    const data = financialModelingPrep({ apiKey: KEY, baseUrl: server.url });
    server.says({ body: { 'Error Message': 'Limit Reach . Please upgrade your plan' } });
    expect(await failureOf(data.quote('AAPL'))).toMatchObject({ retryable: true });
    server.says({ body: { 'Error Message': 'Exclusive Endpoint : This endpoint is not available under your current subscription' } });
    expect(await failureOf(data.quote('AAPL'))).toMatchObject({ code: 'refused', expose: false });
    await server.close();
  });
});
