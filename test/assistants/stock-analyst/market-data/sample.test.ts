/** The sample's arithmetic is consistent, and every record is marked as a sample. */
import { describe, expect, it } from 'vitest';
import { latestUnbroken } from '#assistants/stock-analyst/market-data/decode.ts';
import type { Quarter } from '#assistants/stock-analyst/market-data/records.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { COINS, COMPANIES } from '#assistants/stock-analyst/market-data/sample/companies.ts';
import { parseSubject } from '#assistants/stock-analyst/market-data/symbol.ts';

const data = sampleMarketData();

describe.each(COMPANIES.map((seed) => seed.symbol))('%s', (symbol) => {
  it('has statements that agree with each other', async () => {
    let before: Quarter | undefined;
    for (const quarter of await data.quarters(symbol)) {
      const { income, balance, cashFlow } = quarter;
      expect(income.revenue - income.costOfRevenue).toBe(income.grossProfit);
      expect(income.operatingIncome - income.interestExpense).toBe(income.pretaxIncome);
      expect(income.pretaxIncome - income.incomeTax).toBe(income.netIncome);
      expect(balance.totalLiabilities + balance.totalEquity).toBe(balance.totalAssets);
      expect(balance.totalDebt).toBeLessThanOrEqual(balance.totalLiabilities);
      expect(cashFlow.operating + cashFlow.investing + cashFlow.financing).toBe(cashFlow.netChange);
      expect(balance.cash).toBeGreaterThan(0);
      expect(income.netIncome).toBeGreaterThan(0);
      if (before) {
        expect(balance.cash - before.balance.cash).toBe(cashFlow.netChange);
        expect(balance.totalEquity - before.balance.totalEquity).toBe(income.netIncome + cashFlow.financing);
        expect(quarter.end > before.end).toBe(true);
      }
      before = quarter;
    }
  });

  it('says of every record that it is invented', async () => {
    const of = [
      await data.company(symbol),
      await data.quote(symbol),
      ...(await data.quarters(symbol)),
      ...(await data.headlines(symbol, 'equity')),
    ];
    expect(of.every(({ source }) => source.sample && source.name.includes('invented'))).toBe(true);
  });

  it('has peers that it knows', async () => {
    for (const peer of await data.peers(symbol)) expect(await data.company(peer)).toMatchObject({ symbol: peer });
  });
});

it('holds several shares and several coins, each found under its own kind', () => {
  expect(COMPANIES.length).toBeGreaterThan(3);
  expect(COINS.length).toBeGreaterThan(2);
  for (const { symbol } of COMPANIES) expect(parseSubject(symbol)).toEqual({ kind: 'equity', symbol });
  for (const { symbol } of COINS) expect(parseSubject(symbol)).toEqual({ kind: 'crypto', symbol });
});

it.each([
  ['$aapl', { kind: 'equity', symbol: 'AAPL' }],
  ['BRK.B', { kind: 'equity', symbol: 'BRK.B' }],
  ['2222.SR', { kind: 'equity', symbol: '2222.SR' }],
  ['pepe-usd', { kind: 'crypto', symbol: 'PEPE' }],
  ['BTC/USDT', { kind: 'crypto', symbol: 'BTC' }],
])('reads %s', (text, subject) => {
  expect(parseSubject(text)).toEqual(subject);
});

it.each(['', 'what is this', 'AAPL&apikey=x', '../x', 'A'.repeat(40)])('refuses %j as a symbol', (text) => {
  expect(() => parseSubject(text)).toThrow(/not a ticker symbol/);
});

it('takes the latest quarters up to the first gap, each once, oldest first', async () => {
  const quarters = await data.quarters('AAPL');
  const ends = (of: readonly Quarter[]) => latestUnbroken(of).map(({ end }) => end);
  expect(ends(quarters.toReversed())).toEqual(quarters.map(({ end }) => end));
  expect(ends(quarters.filter(({ end }) => end !== '2025-09-30'))).toEqual(['2025-12-31', '2026-03-31', '2026-06-30', '2026-09-30']);
  expect(ends([...quarters, ...quarters])).toHaveLength(8);
});
