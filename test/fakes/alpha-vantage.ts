/**
 * Fake of Alpha Vantage's wire format, with the figures of the bundled sample. Refusals have status
 * 200.
 */
import { COINS, COMPANIES } from '#assistants/stock-analyst/market-data/sample/companies.ts';
import { sampleQuarters } from '#assistants/stock-analyst/market-data/sample/statements.ts';
import { JsonProvider, type ProviderRequest } from './json-provider.ts';

const SOURCE = { name: 'fake', sample: true };

export function fakeAlphaVantage(key: string): Promise<JsonProvider> {
  return JsonProvider.start((request) => ({
    body:
      request.query.get('apikey') === key
        ? answer(request)
        : {
            'Error Message':
              'the parameter apikey is invalid or missing. Please claim your free API key on (https://www.alphavantage.co/support/#api-key).',
          },
  }));
}

function answer({ query }: ProviderRequest): unknown {
  const wanted = query.get('function');
  const tickers = query.get('tickers')?.replace('CRYPTO:', '');
  const symbol = query.get('symbol') ?? query.get('from_currency') ?? tickers;
  const company = COMPANIES.find((seed) => seed.symbol === symbol);
  const coin = COINS.find((seed) => seed.symbol === symbol);
  const quarters = company ? sampleQuarters(company, SOURCE).toReversed() : [];
  const reports = (of: (quarter: (typeof quarters)[number]) => Record<string, number | null>) => ({
    symbol,
    annualReports: [],
    quarterlyReports: [
      ...quarters.map((quarter) => ({ fiscalDateEnding: quarter.end, reportedCurrency: quarter.currency, ...written(of(quarter)) })),
      // Very old reports lack fields of current ones.
      { fiscalDateEnding: '2005-03-31', reportedCurrency: 'USD', totalRevenue: 'None' },
    ],
  });
  switch (wanted) {
    case 'OVERVIEW':
      return company
        ? {
            Symbol: symbol,
            AssetType: 'Common Stock',
            Name: company.name,
            Description: 'As the fake tells it.',
            Exchange: company.exchange,
            Currency: company.currency,
            Country: company.country,
            Sector: company.sector,
            Industry: 'None',
            ...written({
              Beta: company.beta,
              MarketCapitalization: company.price * company.shares * 1e6,
              SharesOutstanding: company.shares * 1e6,
            }),
          }
        : {};
    case 'GLOBAL_QUOTE':
      return company
        ? {
            'Global Quote': {
              '01. symbol': symbol,
              '05. price': company.price.toFixed(4),
              '07. latest trading day': '2026-10-30',
              '08. previous close': company.price.toFixed(4),
              '10. change percent': '0.0%',
            },
          }
        : { 'Global Quote': {} };
    case 'INCOME_STATEMENT':
      return company
        ? reports(({ income: { revenue, pretaxIncome, incomeTax, shares: _, ...rest } }) => ({
            ...rest,
            totalRevenue: revenue,
            incomeBeforeTax: pretaxIncome,
            incomeTaxExpense: incomeTax,
          }))
        : {};
    case 'BALANCE_SHEET':
      return company
        ? reports(({ balance: { cash, totalDebt, totalEquity, totalAssets, totalLiabilities }, income: { shares } }) => ({
            totalAssets,
            totalLiabilities,
            cashAndShortTermInvestments: cash,
            shortLongTermDebtTotal: totalDebt,
            totalShareholderEquity: totalEquity,
            commonStockSharesOutstanding: shares,
          }))
        : {};
    case 'CASH_FLOW':
      return company
        ? reports(({ cashFlow: flow }) => ({
            depreciationDepletionAndAmortization: flow.depreciationAndAmortization,
            operatingCashflow: flow.operating,
            capitalExpenditures: flow.capitalExpenditure,
            cashflowFromInvestment: flow.investing,
            cashflowFromFinancing: flow.financing,
            changeInCashAndCashEquivalents: flow.netChange,
          }))
        : {};
    case 'NEWS_SENTIMENT': {
      const titles = company?.headlines ?? coin?.headlines;
      if (titles === undefined)
        return {
          Information:
            'Invalid inputs. Please refer to the API documentation https://www.alphavantage.co/documentation#newsapi and try again.',
        };
      const feed = titles.map((title, index) => ({
        title,
        url: 'https://example.com/a',
        time_published: `202610${30 - index}T090000`,
        source: 'Fake Wire',
        overall_sentiment_score: 0.1,
      }));
      return { items: String(feed.length), feed };
    }
    case 'CURRENCY_EXCHANGE_RATE':
      return coin
        ? {
            'Realtime Currency Exchange Rate': {
              '1. From_Currency Code': symbol,
              '2. From_Currency Name': coin.name,
              '3. To_Currency Code': 'USD',
              '5. Exchange Rate': coin.price.toFixed(8),
              '6. Last Refreshed': '2026-10-30 12:00:00',
            },
          }
        : {
            'Error Message':
              'Invalid API call. Please retry or visit the documentation (https://www.alphavantage.co/documentation/) for CURRENCY_EXCHANGE_RATE.',
          };
    default:
      return { 'Error Message': 'This API function does not exist.' };
  }
}

function written(values: Readonly<Record<string, number | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === null ? 'None' : String(value)]));
}
