/**
 * Seeds of the bundled sample data. EVERY NUMBER AND EVERY HEADLINE HERE IS INVENTED. The names and
 * symbols are those that people try first, so that a fresh installation has an answer. Nothing else
 * relates to the companies and coins.
 */

/** Money in millions, rates as fractions of revenue, unless stated otherwise. */
export interface CompanySeed {
  readonly symbol: string;
  readonly name: string;
  readonly exchange: string;
  readonly sector: string;
  readonly industry: string;
  readonly country: string;
  readonly currency: string;
  readonly beta: number;
  readonly price: number;
  /** In millions. */
  readonly shares: number;
  /** Of the first quarter. */
  readonly revenue: number;
  /** From a quarter to the next. */
  readonly growth: number;
  /** Ratio of each quarter of a year to the average one. */
  readonly seasons: readonly [number, number, number, number];
  readonly grossMargin: number;
  readonly overhead: number;
  readonly taxRate: number;
  readonly depreciation: number;
  readonly capitalExpenditure: number;
  /** What growth binds in stocks and receivables, as a fraction of the growth in revenue. */
  readonly workingCapital: number;
  /** Dividends and buybacks, as a fraction of net income. */
  readonly payout: number;
  readonly cash: number;
  readonly debt: number;
  /** Of the debt, a year. */
  readonly interest: number;
  /** Assets that are not cash, and liabilities that are not debt, at the start. */
  readonly otherAssets: number;
  readonly otherLiabilities: number;
  readonly peers: readonly string[];
  readonly headlines: readonly string[];
}

const even = [1, 1, 1, 1] as const;

export const COMPANIES: readonly CompanySeed[] = [
  {
    symbol: 'AAPL',
    name: 'Apple Inc.',
    exchange: 'NASDAQ',
    sector: 'Technology',
    industry: 'Consumer electronics',
    country: 'US',
    currency: 'USD',
    beta: 1.2,
    price: 118,
    shares: 15_000,
    revenue: 92_000,
    growth: 0.012,
    seasons: [1.25, 0.95, 0.87, 0.93],
    grossMargin: 0.45,
    overhead: 0.145,
    taxRate: 0.16,
    depreciation: 0.03,
    capitalExpenditure: 0.028,
    workingCapital: 0.05,
    payout: 0.95,
    cash: 62_000,
    debt: 104_000,
    interest: 0.03,
    otherAssets: 280_000,
    otherLiabilities: 170_000,
    peers: ['MSFT', 'GOOGL', 'NVDA'],
    headlines: [
      'Strong demand lifts device sales, sample desk reports',
      'Supplier warns of delay in new model',
      'Services reach record growth in invented quarter',
      'Regulator opens probe into store fees',
      'Analysts keep their view ahead of results',
    ],
  },
  {
    symbol: 'MSFT',
    name: 'Microsoft Corporation',
    exchange: 'NASDAQ',
    sector: 'Technology',
    industry: 'Software',
    country: 'US',
    currency: 'USD',
    beta: 0.95,
    price: 236,
    shares: 7_430,
    revenue: 62_000,
    growth: 0.03,
    seasons: [1.02, 0.97, 1.0, 1.01],
    grossMargin: 0.69,
    overhead: 0.25,
    taxRate: 0.18,
    depreciation: 0.09,
    capitalExpenditure: 0.2,
    workingCapital: 0.1,
    payout: 0.4,
    cash: 75_000,
    debt: 60_000,
    interest: 0.035,
    otherAssets: 400_000,
    otherLiabilities: 180_000,
    peers: ['AAPL', 'GOOGL', 'NVDA'],
    headlines: [
      'Cloud growth beats the sample forecast',
      'Outage hits customers for three hours',
      'New data centre opens',
      'Margin improves on strong subscriptions',
    ],
  },
  {
    symbol: 'GOOGL',
    name: 'Alphabet Inc.',
    exchange: 'NASDAQ',
    sector: 'Communication services',
    industry: 'Internet content',
    country: 'US',
    currency: 'USD',
    beta: 1.05,
    price: 88,
    shares: 12_300,
    revenue: 82_000,
    growth: 0.025,
    seasons: [1.06, 0.96, 0.98, 1.0],
    grossMargin: 0.57,
    overhead: 0.27,
    taxRate: 0.165,
    depreciation: 0.05,
    capitalExpenditure: 0.14,
    workingCapital: 0.06,
    payout: 0.7,
    cash: 95_000,
    debt: 26_000,
    interest: 0.03,
    otherAssets: 320_000,
    otherLiabilities: 95_000,
    peers: ['MSFT', 'AAPL', 'NVDA'],
    headlines: [
      'Court ruling raises fear of break-up',
      'Search revenue grows, record quarter in sample data',
      'Advertisers cut budgets, warns invented survey',
    ],
  },
  {
    symbol: 'NVDA',
    name: 'NVIDIA Corporation',
    exchange: 'NASDAQ',
    sector: 'Technology',
    industry: 'Semiconductors',
    country: 'US',
    currency: 'USD',
    beta: 1.7,
    price: 57,
    shares: 24_600,
    revenue: 26_000,
    growth: 0.09,
    seasons: even,
    grossMargin: 0.74,
    overhead: 0.12,
    taxRate: 0.14,
    depreciation: 0.02,
    capitalExpenditure: 0.03,
    workingCapital: 0.35,
    payout: 0.5,
    cash: 31_000,
    debt: 9_700,
    interest: 0.027,
    otherAssets: 46_000,
    otherLiabilities: 18_000,
    peers: ['MSFT', 'AAPL', 'GOOGL'],
    headlines: [
      'Record orders lift outlook',
      'Export limits threaten sales',
      'Rival gains share with cheaper chip',
      'Demand stays strong, says invented supplier',
    ],
  },
  {
    symbol: 'KO',
    name: 'The Coca-Cola Company',
    exchange: 'NYSE',
    sector: 'Consumer staples',
    industry: 'Beverages',
    country: 'US',
    currency: 'USD',
    beta: 0.6,
    price: 58,
    shares: 4_310,
    revenue: 11_400,
    growth: 0.008,
    seasons: [0.97, 0.99, 1.04, 1.0],
    grossMargin: 0.6,
    overhead: 0.31,
    taxRate: 0.19,
    depreciation: 0.025,
    capitalExpenditure: 0.045,
    workingCapital: 0.05,
    payout: 0.85,
    cash: 14_000,
    debt: 42_000,
    interest: 0.037,
    otherAssets: 84_000,
    otherLiabilities: 30_000,
    peers: ['AAPL', 'MSFT'],
    headlines: ['Steady growth in every region of the sample', 'Sugar price rise may weaken margin'],
  },
  {
    symbol: 'ETEL',
    name: 'Telecom Egypt (المصرية للاتصالات)',
    exchange: 'EGX',
    sector: 'Communication services',
    industry: 'Telecom',
    country: 'EG',
    currency: 'EGP',
    beta: 0.85,
    price: 86,
    shares: 1_707,
    revenue: 17_000,
    growth: 0.045,
    seasons: even,
    grossMargin: 0.42,
    overhead: 0.16,
    taxRate: 0.225,
    depreciation: 0.12,
    capitalExpenditure: 0.2,
    workingCapital: 0.1,
    payout: 0.3,
    cash: 6_000,
    debt: 52_000,
    interest: 0.12,
    otherAssets: 150_000,
    otherLiabilities: 50_000,
    peers: [],
    headlines: ['نمو قوي في إيرادات البيانات', 'New cable improves capacity', 'Currency loss weighs on profit'],
  },
];

export interface CoinSeed {
  readonly symbol: string;
  readonly name: string;
  readonly price: number;
  readonly change: number;
  readonly circulatingSupply: number;
  readonly maximumSupply: number | null;
  readonly headlines: readonly string[];
}

export const COINS: readonly CoinSeed[] = [
  {
    symbol: 'BTC',
    name: 'Bitcoin',
    price: 64_000,
    change: 0.012,
    circulatingSupply: 19_700_000,
    maximumSupply: 21_000_000,
    headlines: ['Funds report record inflow in sample week', 'Exchange halts withdrawals after outage'],
  },
  {
    symbol: 'ETH',
    name: 'Ether',
    price: 3_100,
    change: -0.021,
    circulatingSupply: 120_300_000,
    maximumSupply: null,
    headlines: ['Upgrade improves capacity', 'Fees fall to a low'],
  },
  {
    symbol: 'SOL',
    name: 'Solana',
    price: 145,
    change: 0.034,
    circulatingSupply: 465_000_000,
    maximumSupply: null,
    headlines: ['Strong growth of users, invented count says', 'Bug in wallet leads to loss'],
  },
];
