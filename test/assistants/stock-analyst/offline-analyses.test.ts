/**
 * Every workflow and every type of session with the offline model, in the real loop with the real
 * tools (SPEC A4, A7).
 */
import { describe, expect, it } from 'vitest';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { comparePeers, multiplesOf } from '#assistants/stock-analyst/valuation/peers.ts';
import { trailingYear } from '#assistants/stock-analyst/valuation/trailing-year.ts';
import { marketCapOf, valueCompany } from '#assistants/stock-analyst/valuation/value-company.ts';
import { asked, runWorkflow } from './analyst.ts';
import { readPdf } from './report/read-pdf.ts';

const data = sampleMarketData();

async function valued(symbol: string) {
  const [company, quote, quarters] = [await data.company(symbol), await data.quote(symbol), await data.quarters(symbol)];
  return valueCompany({ company, quote, quarters });
}

/** As a session would have it run. */
async function said(command: string, args: string, locale = 'en') {
  const { workflow, params } = asked(command, args, locale);
  return runWorkflow(workflow, params);
}

const headings = (text: string) => [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);

describe('full_analysis of a share', () => {
  it('fetches, values, makes the report and writes, from figures that are right', async () => {
    const { tools, text, events, reports } = await said('analyze', 'AAPL');
    expect(tools).toEqual(['fetch_company_data', 'calculate_dcf', 'create_report']);
    const { dcf, upside, year } = await valued('AAPL');
    expect(text.startsWith('## Executive summary\n**Apple Inc. (AAPL)** · Type: equity · sample data, all figures invented')).toBe(true);
    expect(text).toContain(`USD\u00A0${dcf.bridge.valuePerShare.toFixed(2)} a share`);
    expect(text).toContain(`${Math.abs(upside * 100).toFixed(1)}\u00A0% ${upside < 0 ? 'below' : 'above'} the price`);
    expect(text).toContain(`${((year.revenueGrowth ?? 0) * 100).toFixed(1)}\u00A0% above the year before`);
    for (const cell of dcf.sensitivity.valuePerShare.slice(1, 4).flatMap((row) => row.slice(1, 4)))
      expect(text).toContain((cell ?? 0).toFixed(2));
    expect(headings(text)).toEqual([
      'Executive summary',
      'Key figures',
      'Valuation',
      'If the assumptions differ (USD)',
      'Strengths',
      'Risks',
      'Outlook',
      'Sources and limits',
    ]);
    expect(text).toContain('I am the offline model');
    expect(text).toContain('every figure is invented');
    expect(text).toContain('not investment advice');
    expect(text).toContain(reports[0]?.name);
    expect(events.filter(({ type }) => type === 'chunk').length).toBeGreaterThan(100);
  });

  it('gives a PDF with the same words and figures', async () => {
    const { reports } = await said('analyze', 'AAPL');
    expect(reports.map(({ name }) => name)).toEqual(['AAPL-2026-11-21.pdf']);
    const { text } = await readPdf(reports[0]?.bytes ?? new Uint8Array());
    const { dcf } = await valued('AAPL');
    expect(text).toContain('Executive summary');
    expect(text).toContain(dcf.bridge.valuePerShare.toFixed(2));
    expect(text).toContain('SAMPLE DATA');
    expect(text).toContain('Risks');
    expect(text).toContain('written by the offline model');
  });

  it('writes Arabic to whoever writes Arabic', async () => {
    const { text, reports } = await said('analyze', 'AAPL', 'ar');
    const { dcf } = await valued('AAPL');
    expect(text.startsWith('## الملخص التنفيذي\n')).toBe(true);
    expect(text).toContain('النوع: سهم');
    expect(text).toContain(`${dcf.bridge.valuePerShare.toFixed(2)}\u00A0USD`);
    expect(text).toContain('أنا النموذج غير المتصل');
    expect(text).toContain('كل رقم هنا مختلق');
    expect(text).toContain('ليست نصيحة استثمارية');
    expect(reports).toHaveLength(1);
  });

  it('says that a rate of dollars is not one of pounds', async () => {
    expect((await said('analyze', 'ETEL')).text).toContain('The discount rate is one of US dollars');
  });

  it('says why there is no valuation, and goes on without', async () => {
    const marketData = {
      ...data,
      quarters: async (symbol: string) => (await data.quarters(symbol)).slice(-3),
    };
    const { tools, text, reports } = await runWorkflow('full_analysis', { symbol: 'AAPL' }, { marketData });
    expect(tools).toEqual(['fetch_company_data', 'calculate_dcf', 'create_report']);
    expect(text).toContain('There is no valuation by discounted cash flow: A year of statements is needed');
    expect(text).not.toContain('overvalued');
    expect(reports).toHaveLength(1);
  });

  it('says that there is no analysis of what the source does not have', async () => {
    const { tools, text } = await runWorkflow('full_analysis', { symbol: 'ZZZZ' });
    expect(tools).toEqual(['fetch_company_data']);
    expect(text).toContain('There is no analysis: Sample data does not have ZZZZ. It has AAPL');
  });
});

describe('the other types', () => {
  it('a coin has no fair value, and a report', async () => {
    const { tools, text, reports } = await said('analyze', 'BTC');
    expect(tools).toEqual(['fetch_company_data', 'fetch_news_sentiment', 'create_report']);
    const coin = await data.coin('BTC');
    expect(text).toContain('Type: crypto');
    expect(text).toContain('64,000.00');
    expect(text).toContain('No fair value is given');
    expect(text).toContain(
      `${(((coin.circulatingSupply ?? 0) / (coin.maximumSupply ?? 1)) * 100).toFixed(1)}\u00A0% of what can ever exist`,
    );
    expect(reports).toHaveLength(1);
  });

  it('a coin that is asked for as a share is still one', async () => {
    const { text } = await runWorkflow('full_analysis', { symbol: 'BTC', type: 'equity' });
    expect(text).toContain('Type: crypto');
  });

  it('several are compared', async () => {
    const { tools, text } = await said('analyze', 'NVDA MSFT BTC');
    expect(tools).toEqual(['compare_peers', 'create_report']);
    const multiples = async (symbol: string) => {
      const year = trailingYear(await data.quarters(symbol));
      return multiplesOf(year, marketCapOf(await data.quote(symbol), year));
    };
    const own = await multiples('NVDA');
    const other = await multiples('MSFT');
    const [earnings] = comparePeers(own, [other]).standings;
    expect(text).toContain('Type: comparative');
    expect(text).toContain(`| Price / earnings | ${own.priceToEarnings?.toFixed(1)}× | ${other.priceToEarnings?.toFixed(1)}× |`);
    expect(text).toContain(`Price / earnings: ${own.priceToEarnings?.toFixed(1)}× against a median of ${earnings?.median?.toFixed(1)}×`);
    expect(text).toContain('Bitcoin (BTC)');
  });

  it('a portfolio is weighed', async () => {
    const { tools, text } = await said('analyze', 'portfolio AAPL 30, MSFT 50, BTC 20');
    expect(tools).toEqual(['review_portfolio', 'create_report']);
    expect(text).toContain('Type: portfolio');
    expect(text).toContain('| MSFT | 50.0\u00A0% |');
    expect(text).toContain('80\u00A0% are in one sector: Technology');
    const beta = (0.3 * 1.2 + 0.5 * 0.95) / 0.8;
    expect(text).toContain(`Its beta is ${beta.toFixed(2)}, over the 80\u00A0% of it`);
    expect(text).toContain(`as concentrated as ${(1 / (0.3 ** 2 + 0.5 ** 2 + 0.2 ** 2)).toFixed(1)} holdings`);
    const upside = (0.3 * (await valued('AAPL')).upside + 0.5 * (await valued('MSFT')).upside) / 0.8;
    expect(text).toContain(`${(Math.abs(upside) * 100).toFixed(1)}\u00A0% ${upside < 0 ? 'less' : 'more'} than it costs`);
  });

  it('the market is what the source has, and what it does not have is said', async () => {
    const { tools, text } = await said('analyze', 'macro');
    expect(tools).toEqual(['fetch_market_overview']);
    expect(text).toContain('Type: macro');
    expect(text).toContain('6 companies in 3 sectors and 3 crypto assets');
    expect(text).toContain('not the whole market');
    expect(text).toMatch(/does not have interest rates, inflation/);
    expect(text).toContain('**Technology:** 3 companies');
  });

  it.each(['NVDA MSFT', 'portfolio AAPL 40, BTC 60', 'macro', 'BTC'])('%s in Arabic', async (args) => {
    const { text } = await said('analyze', args, 'ar');
    expect(text.startsWith('## الملخص التنفيذي')).toBe(true);
    expect(text).toContain('النوع: ');
    expect(text).not.toMatch(/undefined|NaN|null/);
  });
});

describe('the other workflows', () => {
  it('sentiment counts the headlines', async () => {
    const { tools, text } = await said('sentiment', 'NVDA');
    expect(tools).toEqual(['fetch_news_sentiment']);
    expect(text).toContain('The tone of 4 headlines is');
    expect(text).toContain('(+) Record orders lift outlook');
    expect(text).toContain('irony, negation and importance are not understood');
  });

  it('dcf_valuation shows value, assumptions and how they matter', async () => {
    const { tools, text } = await said('dcf', 'MSFT');
    const { dcf } = await valued('MSFT');
    expect(tools).toEqual(['calculate_dcf']);
    expect(text).toContain(dcf.bridge.valuePerShare.toFixed(2));
    expect(text).toContain(`discounted at ${(dcf.assumptions.discountRate * 100).toFixed(1)}\u00A0%`);
    expect(text).toContain('If the assumptions differ');
  });

  it('dcf_valuation takes assumptions, and refuses senseless ones', async () => {
    const given = await runWorkflow('dcf_valuation', { symbol: 'AAPL', discountRate: 0.08, terminalGrowth: 0.02 });
    expect(given.text).toContain('discounted at 8.0\u00A0%');
    const senseless = await runWorkflow('dcf_valuation', { symbol: 'AAPL', discountRate: 0.03, terminalGrowth: 0.05 });
    expect(senseless.text).toContain('There is no analysis: Terminal growth (5.00 %) must be below the discount rate (3.00 %)');
  });

  it('peer_comparison finds the peers', async () => {
    const { tools, text } = await said('peers', 'AAPL');
    expect(tools).toEqual(['compare_peers']);
    expect(text).toContain('| | AAPL | MSFT | GOOGL | NVDA |');
    expect(text).toContain('Against its peers (AAPL)');
  });

  it('peer_comparison of a share without known peers asks for them', async () => {
    expect((await said('peers', 'ETEL')).text).toContain('knows no peers of ETEL: name what to compare it with');
  });

  it('says what is wrong with its parameters', async () => {
    await expect(runWorkflow('full_analysis', {})).rejects.toThrow('give one symbol, or symbols, or holdings, or the type macro');
    await expect(runWorkflow('full_analysis', { type: 'portfolio' })).rejects.toThrow('a portfolio needs holdings');
    await expect(runWorkflow('full_analysis', { type: 'comparative', symbols: ['AAPL', 'AAPL'] })).rejects.toThrow('two different ones');
    await expect(runWorkflow('peer_comparison', {})).rejects.toThrow('give a symbol, or symbols');
    await expect(runWorkflow('sentiment', { symbol: '../etc' })).rejects.toThrow('expected a symbol');
  });
});
