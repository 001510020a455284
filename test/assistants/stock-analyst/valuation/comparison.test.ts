/** Peers, headlines and coins beside a valuation. */
import { describe, expect, it } from 'vitest';
import type { Headline } from '#assistants/stock-analyst/market-data/records.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { coinFacts } from '#assistants/stock-analyst/valuation/coin-facts.ts';
import { comparePeers, type Multiples, multiplesOf } from '#assistants/stock-analyst/valuation/peers.ts';
import { headlineSentiment } from '#assistants/stock-analyst/valuation/sentiment.ts';
import { trailingYear } from '#assistants/stock-analyst/valuation/trailing-year.ts';

const data = sampleMarketData();

describe('peers', () => {
  const peer = (symbol: string, priceToEarnings: number | null): Multiples => ({
    symbol,
    priceToEarnings,
    enterpriseValueToEbitda: null,
    enterpriseValueToSales: 2,
    priceToFreeCashFlow: null,
  });
  const standingOf = (own: Multiples, peers: readonly Multiples[]) => comparePeers(own, peers).standings[0];

  it('have multiples by the year and the market', async () => {
    const year = {
      ...trailingYear(await data.quarters('AAPL')),
      netIncome: 50,
      ebitda: 100,
      revenue: 400,
      freeCashFlow: -1,
      debt: 120,
      cash: 40,
      minorityInterest: 20,
    };
    expect(multiplesOf(year, 900)).toEqual({
      symbol: 'AAPL',
      priceToEarnings: 18,
      enterpriseValueToEbitda: 10,
      enterpriseValueToSales: 2.5,
      priceToFreeCashFlow: null,
    });
  });

  it('are compared by median, percentile and premium, without the company itself', () => {
    expect(standingOf(peer('A', 24), [peer('B', 10), peer('C', 20), peer('D', 30)])).toEqual({
      multiple: 'priceToEarnings',
      own: 24,
      median: 20,
      peers: 3,
      percentile: 2 / 3,
      premium: expect.closeTo(0.2, 12),
    });
    expect(standingOf(peer('A', 20), [peer('B', 10), peer('C', 20)])).toMatchObject({ median: 15, percentile: 0.75 });
    expect(standingOf(peer('A', 5), [peer('B', 10)])).toMatchObject({ percentile: 0 });
  });

  it('that lose money are left out of the median; without any there is none', () => {
    expect(standingOf(peer('A', 24), [peer('B', null), peer('C', 12)])).toMatchObject({ median: 12, peers: 1, premium: 1 });
    expect(standingOf(peer('A', 24), [])).toMatchObject({ median: null, peers: 0, percentile: null, premium: null });
    expect(standingOf(peer('A', null), [peer('B', 10)])).toMatchObject({ own: null, median: 10, percentile: null, premium: null });
    expect(comparePeers(peer('A', 1), [peer('B', 2)]).rows.map(({ symbol }) => symbol)).toEqual(['A', 'B']);
  });
});

describe('sentiment', () => {
  const headlines = (...titles: string[]): Headline[] =>
    titles.map((title) => ({ title, publisher: null, day: '2026-10-30', url: null, source: { name: 'test', sample: true } }));
  const scores = (...titles: string[]) => headlineSentiment(headlines(...titles)).headlines.map(({ score }) => score);

  it('counts good and bad words of each headline, in English and Arabic', () => {
    expect(scores('Record growth lifts profit', 'Recall and lawsuit weigh', 'A meeting was held', 'نمو الأرباح', 'خسائر كبيرة')).toEqual([
      1, -1, 0, 1, -1,
    ]);
  });

  it('is not taken in by words that only begin alike', () => {
    expect(scores('Windows update for the mission in winter', 'Surgery fellows of Suez meet again')).toEqual([0, 0]);
  });

  it('is the mean of the headlines, neutral without any, and says how it is made', () => {
    expect(headlineSentiment(headlines('Strong gain', 'Strong gain', 'Loss', 'Plain'))).toMatchObject({ score: 0.25, tone: 'positive' });
    expect(headlineSentiment(headlines('Loss'))).toMatchObject({ score: -1, tone: 'negative' });
    expect(headlineSentiment([])).toMatchObject({
      score: 0,
      tone: 'neutral',
      headlines: [],
      method: expect.stringContaining('does not understand irony'),
    });
  });

  it('finds both tones in the sample', async () => {
    const { headlines: scored } = headlineSentiment(await data.headlines('AAPL', 'equity'));
    expect(new Set(scored.map(({ score }) => score))).toEqual(new Set([1, 0, -1]));
  });
});

describe('a coin', () => {
  it('has facts of supply, and no fair value', async () => {
    expect(coinFacts(await data.coin('BTC'))).toEqual({
      symbol: 'BTC',
      fairValue: null,
      reason: expect.stringMatching(/no cash flows.*no fair value/),
      marketCap: 64_000 * 19_700_000,
      fullyDilutedValue: 64_000 * 21_000_000,
      issuedShare: 19.7 / 21,
    });
  });

  it('without a limit has neither a diluted value nor an issued share', async () => {
    expect(coinFacts(await data.coin('ETH'))).toMatchObject({ fullyDilutedValue: null, issuedShare: null });
  });
});
