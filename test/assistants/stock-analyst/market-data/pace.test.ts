/** Requests to providers keep to what a plan takes, and answers are kept (SPEC A7). */
import { describe, expect, it } from 'vitest';
import { cached } from '#assistants/stock-analyst/market-data/cached.ts';
import { createMarketData } from '#assistants/stock-analyst/market-data/create.ts';
import { financialModelingPrep } from '#assistants/stock-analyst/market-data/financial-modeling-prep/adapter.ts';
import { type PaceWindow, RequestPace } from '#assistants/stock-analyst/market-data/pace.ts';
import type { MarketData } from '#assistants/stock-analyst/market-data/port.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { Unavailable } from '#machines/errors.ts';
import { readConfig } from '#src/config/config.ts';
import { fakeAlphaVantage } from '#test/fakes/alpha-vantage.ts';
import { fakeFinancialModelingPrep } from '#test/fakes/financial-modeling-prep.ts';

/** Time passes only where it is waited for. */
function paced(windows: readonly PaceWindow[], longestWaitMs = 60_000) {
  const clock = { at: 1_000_000 };
  const pace = new RequestPace({
    windows,
    longestWaitMs,
    now: () => clock.at,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      clock.at += ms;
    },
  });
  return { pace, clock };
}

describe('the pace', () => {
  it('lets as many pass at once as the window has, and the next when it has moved on', async () => {
    const { pace, clock } = paced([{ ms: 60_000, max: 5 }]);
    for (let request = 0; request < 5; request += 1) await pace.take('FMP');
    expect(clock.at).toBe(1_000_000);
    await pace.take('FMP');
    expect(clock.at).toBe(1_060_000);
  });

  it('refuses what would wait for long, with the time to wait', async () => {
    const { pace, clock } = paced([
      { ms: 60_000, max: 5 },
      { ms: 86_400_000, max: 2 },
    ]);
    await pace.take('FMP');
    clock.at += 3_600_000;
    await pace.take('FMP');
    const refused: unknown = await pace.take('FMP').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Unavailable);
    expect(refused).toMatchObject({
      message: 'FMP takes no more requests right now. Try again in 82800 s.',
      facts: { retryAfterMs: 82_800_000 },
    });
    clock.at += 82_800_000;
    await pace.take('FMP');
  });

  it('gives the turn back when its caller leaves while waiting', async () => {
    const { pace } = paced([{ ms: 1_000, max: 1 }], 1_500);
    await pace.take('FMP');
    const left = new AbortController();
    const waiting = pace.take('FMP', left.signal);
    left.abort(new Error('stopped'));
    await waiting.catch(() => undefined);
    await expect(pace.take('FMP', left.signal)).rejects.toThrow('stopped');
    await pace.take('FMP');
  });

  it('stands before every request of an adapter', async () => {
    const server = await fakeFinancialModelingPrep('a-key');
    try {
      const pace = new RequestPace({ windows: [{ ms: 86_400_000, max: 3 }] });
      const data = financialModelingPrep({ apiKey: 'a-key', baseUrl: server.url, pace });
      await data.quarters('AAPL');
      await expect(data.company('AAPL')).rejects.toThrow('Financial Modeling Prep takes no more requests right now');
      expect(server.requests).toHaveLength(3);
    } finally {
      await server.close();
    }
  });
});

describe('what was answered', () => {
  /** Counts calls, and fails on command. */
  function counting() {
    const sample = sampleMarketData();
    const counts = { quote: 0, company: 0, fail: false };
    const data: MarketData = {
      ...sample,
      quote: async (symbol) => {
        counts.quote += 1;
        if (counts.fail) throw new Unavailable('away');
        return sample.quote(symbol);
      },
      company: async (symbol) => {
        counts.company += 1;
        return sample.company(symbol);
      },
    };
    const clock = { at: 1 };
    return { counts, clock, kept: cached(data, { now: () => clock.at }) };
  }

  it('is kept for minutes if it is a price, for a day if it is a profile', async () => {
    const { counts, clock, kept } = counting();
    for (const symbol of ['AAPL', ' aapl ', 'AAPL']) {
      await kept.quote(symbol);
      await kept.company(symbol);
    }
    expect(counts).toMatchObject({ quote: 1, company: 1 });
    clock.at += 6 * 60_000;
    await kept.quote('AAPL');
    await kept.company('AAPL');
    expect(counts).toMatchObject({ quote: 2, company: 1 });
    clock.at += 24 * 3_600_000;
    await kept.company('AAPL');
    expect(counts.company).toBe(2);
  });

  it('is asked for once by all who ask at once, and a failure is not kept', async () => {
    const { counts, kept } = counting();
    const answers = await Promise.all([kept.quote('AAPL'), kept.quote('AAPL'), kept.quote('MSFT')]);
    expect(answers.map(({ symbol }) => symbol)).toEqual(['AAPL', 'AAPL', 'MSFT']);
    expect(counts.quote).toBe(2);
    counts.fail = true;
    await expect(kept.quote('KO')).rejects.toThrow('away');
    counts.fail = false;
    expect((await kept.quote('KO')).symbol).toBe('KO');
  });

  it('that there is no such symbol is kept for some hours: made-up ones cost a plan nothing more', async () => {
    const { counts, clock, kept } = counting();
    for (let times = 0; times < 3; times += 1) await expect(kept.quote('NOSUCH')).rejects.toThrow('does not know NOSUCH');
    expect(counts.quote).toBe(1);
    clock.at += 7 * 3_600_000;
    await expect(kept.quote('NOSUCH')).rejects.toThrow('does not know NOSUCH');
    expect(counts.quote).toBe(2);
  });

  it('is there for the others when one of those who wait leaves', async () => {
    const { counts, kept } = counting();
    const leaving = new AbortController();
    const [gone, stays] = [kept.quote('AAPL', leaving.signal), kept.quote('AAPL')];
    leaving.abort(new Error('the customer said /stop'));
    await expect(gone).rejects.toThrow('the customer said /stop');
    expect((await stays).symbol).toBe('AAPL');
    expect(counts.quote).toBe(1);
  });
});

describe('which source there is', () => {
  const config = (environment: Record<string, string>) => readConfig(environment, '/tmp').marketData;

  it('is the sample without a key, and the first with one', async () => {
    expect(createMarketData(config({})).name).toBe('Sample data');
    expect(createMarketData(config({ ALPHA_VANTAGE_API_KEY: 'a' })).name).toBe('Alpha Vantage');
    expect(createMarketData(config({ ALPHA_VANTAGE_API_KEY: 'a', FMP_API_KEY: 'b' })).name).toBe('Financial Modeling Prep');
  });

  it('keeps to the plan that is configured, and never says its key', async () => {
    const server = await fakeAlphaVantage('very-secret-key');
    try {
      const settings = config({
        ALPHA_VANTAGE_API_KEY: 'very-secret-key',
        ALPHA_VANTAGE_BASE_URL: server.url,
        ALPHA_VANTAGE_REQUESTS_PER_DAY: '1',
        ALPHA_VANTAGE_REQUESTS_PER_MINUTE: '100',
      });
      const data = createMarketData(settings);
      expect((await data.company('AAPL')).symbol).toBe('AAPL');
      expect((await data.company('AAPL')).symbol).toBe('AAPL');
      const refused: unknown = await data.company('MSFT').catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Unavailable);
      expect(JSON.stringify([refused, settings, String(refused)])).not.toContain('very-secret-key');
      expect(server.requests).toHaveLength(1);
    } finally {
      await server.close();
    }
  });

  it('says what is wrong with its settings', () => {
    expect(() => config({ FMP_REQUESTS_PER_DAY: 'many', FMP_BASE_URL: 'nowhere' })).toThrow(/FMP_BASE_URL[\s\S]*FMP_REQUESTS_PER_DAY/);
  });
});
