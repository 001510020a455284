/**
 * Fake of the wire format of Financial Modeling Prep's `stable` API, with the figures of the
 * bundled sample.
 */
import { COINS, COMPANIES } from '#assistants/stock-analyst/market-data/sample/companies.ts';
import { sampleQuarters } from '#assistants/stock-analyst/market-data/sample/statements.ts';
import { type Answer, JsonProvider, type ProviderRequest } from './json-provider.ts';

const SOURCE = { name: 'fake', sample: true };
const NOON = Date.parse('2026-10-30T12:00:00Z') / 1_000;

/** `before` is waited for with every answer. */
export function fakeFinancialModelingPrep(
  key: string,
  before: (request: ProviderRequest) => Promise<void> = async () => {},
): Promise<JsonProvider> {
  return JsonProvider.start(async (request) => {
    await before(request);
    if (request.query.get('apikey') === key) return { body: rows(request) };
    return { status: 401, body: { 'Error Message': 'Invalid API KEY. Feel free to create a Free API Key' } } satisfies Answer;
  });
}

function rows({ path, query }: ProviderRequest): readonly unknown[] {
  const symbol = query.get('symbol') ?? query.get('symbols');
  const company = COMPANIES.find((seed) => seed.symbol === symbol);
  const coin = COINS.find((seed) => `${seed.symbol}USD` === symbol);
  if (path === '/cryptocurrency-list') return COINS.map((seed) => supply(seed));
  if (coin !== undefined) {
    if (path === '/quote') return [coinQuote(coin)];
    if (path === '/news/crypto') return coin.headlines.map(story);
  }
  if (company === undefined) return [];
  const quarters = sampleQuarters(company, SOURCE)
    .toReversed()
    .slice(0, Number(query.get('limit') ?? 5));
  switch (path) {
    case '/profile':
      return [{ ...company, companyName: company.name, description: 'As the fake tells it.', isEtf: false }];
    case '/quote':
      return [
        {
          symbol,
          name: company.name,
          price: company.price,
          previousClose: company.price,
          changePercentage: 0,
          marketCap: company.price * company.shares * 1e6,
          timestamp: NOON,
        },
      ];
    case '/income-statement':
      return quarters.map(({ end: date, currency: reportedCurrency, income: { pretaxIncome, incomeTax, shares, ...income } }) => ({
        date,
        symbol,
        reportedCurrency,
        fiscalYear: date.slice(0, 4),
        period: 'Q1',
        ...income,
        incomeBeforeTax: pretaxIncome,
        incomeTaxExpense: incomeTax,
        weightedAverageShsOutDil: shares,
      }));
    case '/balance-sheet-statement':
      return quarters.map(({ end: date, balance: { cash, ...balance } }) => ({
        date,
        symbol,
        cashAndShortTermInvestments: cash,
        ...balance,
      }));
    case '/cash-flow-statement':
      return quarters.map(({ end: date, cashFlow: flow }) => ({
        date,
        symbol,
        depreciationAndAmortization: flow.depreciationAndAmortization,
        netCashProvidedByOperatingActivities: flow.operating,
        capitalExpenditure: -flow.capitalExpenditure,
        netCashProvidedByInvestingActivities: flow.investing,
        netCashProvidedByFinancingActivities: flow.financing,
        netChangeInCash: flow.netChange,
      }));
    case '/stock-peers':
      return company.peers.map((peer) => ({ symbol: peer, companyName: peer, price: 1, mktCap: 1 }));
    case '/news/stock':
      return company.headlines.map(story);
    default:
      return [];
  }
}

function story(title: string, index: number) {
  return {
    symbol: 'X',
    publishedDate: `2026-10-${30 - index} 09:00:00`,
    publisher: 'Fake Wire',
    title,
    image: '',
    site: 'example.com',
    text: '',
    url: 'https://example.com/a',
  };
}

function coinQuote({ symbol, name, price, change, circulatingSupply }: (typeof COINS)[number]) {
  return {
    symbol: `${symbol}USD`,
    name: `${name} USD`,
    price,
    changePercentage: change * 100,
    marketCap: price * circulatingSupply,
    previousClose: price,
    timestamp: NOON,
  };
}

function supply({ symbol, name, circulatingSupply, maximumSupply }: (typeof COINS)[number]) {
  return { symbol: `${symbol}USD`, name: `${name} USD`, exchange: 'CCC', icoDate: null, circulatingSupply, totalSupply: maximumSupply };
}
