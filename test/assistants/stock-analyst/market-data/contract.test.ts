/** Every adapter of market data passes the one contract, and none is left out. */
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { alphaVantage } from '#assistants/stock-analyst/market-data/alpha-vantage/adapter.ts';
import { financialModelingPrep } from '#assistants/stock-analyst/market-data/financial-modeling-prep/adapter.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { describeMarketData, type MarketDataHarness } from '#test/contracts/market-data-contract.ts';
import { fakeAlphaVantage } from '#test/fakes/alpha-vantage.ts';
import { fakeFinancialModelingPrep } from '#test/fakes/financial-modeling-prep.ts';

const apiKey = 'contract-key';

const ADAPTERS: Readonly<Record<string, () => Promise<MarketDataHarness>>> = {
  sample: async () => ({ data: sampleMarketData(), close: async () => {} }),
  'financial-modeling-prep': async () => {
    const server = await fakeFinancialModelingPrep(apiKey);
    return { data: financialModelingPrep({ apiKey, baseUrl: server.url }), close: () => server.close() };
  },
  'alpha-vantage': async () => {
    const server = await fakeAlphaVantage(apiKey);
    return { data: alphaVantage({ apiKey, baseUrl: server.url }), close: () => server.close() };
  },
};

for (const [name, start] of Object.entries(ADAPTERS)) describeMarketData(name, { sample: name === 'sample' }, start);

it('is passed by every adapter that there is', () => {
  const folder = new URL('../../../../assistants/stock-analyst/market-data/', import.meta.url);
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).toSorted()).toEqual(Object.keys(ADAPTERS).toSorted());
});
