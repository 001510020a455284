/** What reports are made of, from the sample. */
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import type { EquityAnalysis } from '#assistants/stock-analyst/report/equity-report.ts';
import { comparePeers, multiplesOf } from '#assistants/stock-analyst/valuation/peers.ts';
import { headlineSentiment } from '#assistants/stock-analyst/valuation/sentiment.ts';
import { trailingYear } from '#assistants/stock-analyst/valuation/trailing-year.ts';
import { marketCapOf, valueCompany } from '#assistants/stock-analyst/valuation/value-company.ts';

const data = sampleMarketData();

export async function sampleAnalysis(symbol: string, over: Partial<EquityAnalysis> = {}): Promise<EquityAnalysis> {
  const [company, quote, quarters] = [await data.company(symbol), await data.quote(symbol), await data.quarters(symbol)];
  const own = await multiples(symbol);
  const others = await Promise.all((await data.peers(symbol)).map(multiples));
  return {
    company,
    quote,
    quarters,
    summary: ['Revenue grew in each of the last four quarters against the year before.', 'Debt is higher than cash.'],
    valuation: valueCompany({ company, quote, quarters }),
    peers: comparePeers(own, others),
    sentiment: headlineSentiment(await data.headlines(symbol, 'equity')),
    ...over,
  };
}

async function multiples(symbol: string) {
  const year = trailingYear(await data.quarters(symbol));
  return multiplesOf(year, marketCapOf(await data.quote(symbol), year));
}
