/**
 * Contract of every source of market data (SPEC A7). The fakes behind the adapters have the figures
 * of the bundled sample, so that a misread figure is noticed.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MarketData } from '#assistants/stock-analyst/market-data/port.ts';
import * as records from '#assistants/stock-analyst/market-data/records.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { COINS, COMPANIES } from '#assistants/stock-analyst/market-data/sample/companies.ts';
import { InvalidInput } from '#machines/errors.ts';

export interface MarketDataHarness {
  readonly data: MarketData;
  close(): Promise<void>;
}

export function describeMarketData(name: string, { sample }: { readonly sample: boolean }, start: () => Promise<MarketDataHarness>): void {
  describe(`market data contract: ${name}`, () => {
    let harness: MarketDataHarness;
    let data: MarketData;
    beforeAll(async () => {
      harness = await start();
      data = harness.data;
    });
    afterAll(() => harness.close());

    it.each(COMPANIES.map((seed) => seed.symbol))('tells company, quote and eight quarters of %s', async (symbol) => {
      const truth = sampleMarketData();
      const company = records.company.parse(await data.company(symbol));
      expect(company).toMatchObject({ symbol, name: (await truth.company(symbol)).name, source: { sample } });
      const quote = records.quote.parse(await data.quote(symbol));
      const expected = await truth.quote(symbol);
      expect(quote).toMatchObject({
        symbol,
        currency: company.currency,
        price: expected.price,
        marketCap: expected.marketCap,
        day: expected.day,
      });
      const quarters = (await data.quarters(symbol)).map((quarter) => records.quarter.parse(quarter));
      expect(quarters).toHaveLength(8);
      const withoutSource = ({ source: _, ...figures }: records.Quarter) => figures;
      expect(quarters.map(withoutSource)).toEqual((await truth.quarters(symbol)).map(withoutSource));
      expect(quarters.every((quarter) => quarter.source.sample === sample)).toBe(true);
    });

    it.each(COINS.map((seed) => seed.symbol))('tells what there is to tell of the coin %s', async (symbol) => {
      const coin = records.coin.parse(await data.coin(symbol));
      const expected = await sampleMarketData().coin(symbol);
      expect(coin).toMatchObject({ symbol, name: expected.name, price: expected.price, currency: 'USD', source: { sample } });
      const { marketCap, circulatingSupply, maximumSupply } = data.capabilities.coinSupply
        ? expected
        : { marketCap: null, circulatingSupply: null, maximumSupply: null };
      expect(coin).toMatchObject({ marketCap, circulatingSupply, maximumSupply });
    });

    it('names peers without the company itself, or none and says so', async () => {
      const peers = await data.peers('AAPL');
      expect(peers).toEqual(data.capabilities.peers ? ['MSFT', 'GOOGL', 'NVDA'] : []);
    });

    it('tells headlines of shares and coins, newest first', async () => {
      for (const [symbol, kind] of [
        ['AAPL', 'equity'],
        ['BTC', 'crypto'],
      ] as const) {
        const headlines = (await data.headlines(symbol, kind)).map((headline) => records.headline.parse(headline));
        expect(headlines.length).toBeGreaterThan(1);
        expect(headlines[0]?.day).toBe('2026-10-30');
        expect(headlines.map(({ day }) => day)).toEqual(
          headlines
            .map(({ day }) => day)
            .toSorted()
            .reverse(),
        );
      }
    });

    it('takes symbols as people write them', async () => {
      expect((await data.company(' aapl ')).symbol).toBe('AAPL');
    });

    it('refuses what is no symbol, and what it does not know, as the customer can mend it', async () => {
      for (const call of [data.company, data.quote, data.quarters, data.coin]) {
        await expect(call('A/../B?x=1')).rejects.toThrow(InvalidInput);
        const unknown: unknown = await call('ZZZZ').catch((error: unknown) => error);
        expect(unknown).toBeInstanceOf(InvalidInput);
        expect(unknown).toMatchObject({ message: expect.stringContaining('ZZZZ'), retryable: false });
      }
    });

    it('stops when it is told to, with the reason', async () => {
      const reason = new Error('the customer said /stop');
      for (const call of [data.company, data.quote, data.quarters, data.coin]) {
        await expect(call('AAPL', AbortSignal.abort(reason))).rejects.toBe(reason);
      }
    });
  });
}
