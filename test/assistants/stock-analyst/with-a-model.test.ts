/**
 * Workflows with the real SDK, against the wire format of the Messages API. Their prompts and their
 * tool calls.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import { Unavailable } from '#machines/errors.ts';
import { calls, resultsIn } from '#test/agent-service/run-fixtures.ts';
import { FakeMessagesApi, says } from '#test/fakes/messages-api.ts';
import { asked, runWorkflow } from './analyst.ts';
import { readPdf } from './report/read-pdf.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(() => api.close());

const written = {
  executiveSummary: ['The share looks dear.'],
  rating: 'overvalued',
  strengths: ['Wide margins.'],
  risks: ['A higher discount rate.'],
  outlook: 'Slow growth.',
};

const systemOf = () => JSON.stringify(api.requests[0]?.body.system);
const toolsOf = () => (api.requests[0]?.body.tools ?? []).map(({ name }) => name);

describe('full_analysis', () => {
  it('goes through data, valuation with peers and news at once, report and text', async () => {
    api.script(
      calls(['fetch_company_data', { symbol: 'aapl' }]),
      calls(
        ['calculate_dcf', { symbol: 'AAPL', discountRate: 0.08 }],
        ['fetch_news_sentiment', { symbol: 'AAPL' }],
        ['compare_peers', { symbols: ['AAPL'] }],
      ),
      calls(['create_report', { symbol: 'AAPL', analysis: written, assumptions: { discountRate: 0.08 } }]),
      says(['## Executive summary\n', 'It looks dear.']),
    );
    const { params } = asked('analyze', 'AAPL', 'ar');
    const { tools, text, reports } = await runWorkflow('full_analysis', params, { apiUrl: api.url });
    expect(tools).toEqual(['fetch_company_data', 'calculate_dcf', 'fetch_news_sentiment', 'compare_peers', 'create_report']);
    expect(text).toBe('## Executive summary\nIt looks dear.');
    const [company] = resultsIn(api, 2);
    expect(company?.error).toBe(false);
    expect(JSON.parse(company?.text ?? '')).toMatchObject({ symbol: 'AAPL', price: 118, sample: true, quarters: { end: { length: 8 } } });
    const [dcf] = resultsIn(api, 3);
    expect(JSON.parse(dcf?.text ?? '')).toMatchObject({ discountRate: 0.08, sample: true });
    const pdf = await readPdf(reports[0]?.bytes ?? new Uint8Array());
    expect(pdf.text).toContain('The share looks dear.');
    expect(pdf.text).toContain('8.0 %');
    expect(pdf.text).toContain('written by a language model');
    expect(systemOf()).toContain('Analyse one share');
    expect(systemOf()).toContain('no investment advice');
    expect(JSON.stringify(api.requests[0]?.body.messages)).toContain('\\"locale\\":\\"ar\\"');
  });

  it('tells the model why a tool refuses, and lets it go on', async () => {
    api.script(
      calls(
        ['calculate_dcf', { symbol: 'BTC' }],
        ['calculate_dcf', { symbol: 'AAPL', discountRate: 0.02, terminalGrowth: 0.03 }],
        ['fetch_company_data', { symbol: 'ZZZZ' }],
        ['fetch_company_data', { symbol: 'A B' }],
        ['create_report', { symbol: 'AAPL', analysis: { ...written, rating: 'buy' } }],
      ),
      says(['Some of it could not be had.']),
    );
    const { text, reports } = await runWorkflow('full_analysis', { symbol: 'AAPL' }, { apiUrl: api.url });
    const results = resultsIn(api, 2);
    expect(results.every(({ error }) => error)).toBe(true);
    expect(results[0]?.text).toContain('no revenue and no cash flows');
    expect(results[1]?.text).toContain('must be below the discount rate');
    expect(results[2]?.text).toContain('It has AAPL, MSFT');
    expect(results[3]?.text).toContain('expected a symbol');
    expect(results[4]?.text).toContain('undervalued');
    expect(reports).toEqual([]);
    expect(text).toBe('Some of it could not be had.');
  });

  it('goes on without statements when the source is away', async () => {
    const marketData = {
      ...sampleMarketData(),
      quarters: async () => Promise.reject(new Unavailable('The source could not be reached. Try again.')),
    };
    api.script(calls(['fetch_company_data', { symbol: 'AAPL' }]), says(['Without statements.']));
    await runWorkflow('full_analysis', { symbol: 'AAPL' }, { apiUrl: api.url, marketData });
    const [company] = resultsIn(api, 2);
    expect(company?.error).toBe(false);
    expect(JSON.parse(company?.text ?? '')).toMatchObject({ lastYear: null, missing: ['The source could not be reached. Try again.'] });
  });

  it.each([
    ['AAPL', 'Analyse one share', 'calculate_dcf', 'review_portfolio'],
    ['BTC', 'Analyse one crypto asset', 'fetch_news_sentiment', 'calculate_dcf'],
    ['AAPL MSFT', 'Compare shares or coins', 'create_report', 'review_portfolio'],
    ['portfolio AAPL 40, MSFT 60', 'Review a portfolio', 'create_report', 'compare_peers'],
    ['macro', 'overview of the market', 'fetch_market_overview', 'calculate_dcf'],
  ])('%s has its own prompt and tools', async (args, words, tool, not) => {
    api.otherwise(says(['Done.']));
    const { workflow, params } = asked('analyze', args);
    await runWorkflow(workflow, params, { apiUrl: api.url });
    expect(systemOf()).toContain(words);
    expect(toolsOf()).toContain(tool);
    expect(toolsOf()).not.toContain(not);
  });

  it('costs few tokens: every result is short', async () => {
    api.script(
      calls(
        ['fetch_company_data', { symbol: 'AAPL' }],
        ['calculate_dcf', { symbol: 'AAPL' }],
        ['compare_peers', { symbols: ['AAPL'] }],
        ['fetch_news_sentiment', { symbol: 'AAPL' }],
      ),
      says(['Done.']),
    );
    await runWorkflow('full_analysis', { symbol: 'AAPL' }, { apiUrl: api.url });
    for (const { text } of resultsIn(api, 2)) expect(text.length).toBeLessThan(2_000);
  });
});

it.each([
  ['sentiment', 'AAPL', 'fetch_news_sentiment'],
  ['dcf', 'AAPL', 'calculate_dcf'],
  ['peers', 'AAPL', 'compare_peers'],
])('/%s %s offers %s', async (command, args, tool) => {
  api.otherwise(says(['Done.']));
  const { workflow, params } = asked(command, args);
  await runWorkflow(workflow, params, { apiUrl: api.url });
  expect(toolsOf()).toContain(tool);
  expect(systemOf()).toContain('Every figure comes from a tool');
});
