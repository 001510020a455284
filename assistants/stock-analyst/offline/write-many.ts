/**
 * Analyses of several things by rules. Comparisons, portfolios, and the market as far as the source
 * covers it.
 */
import type { MarketOverviewData } from '../tools/market-overview.ts';
import type { PeerData } from '../tools/peers.ts';
import type { PortfolioData } from '../tools/portfolio.ts';
import { about, bullets, document, section, sourcesSection } from './markdown.ts';
import type { Words } from './words.ts';

/** A sector of that weight decides how the portfolio does. */
const ONE_SECTOR = 0.5;

/** The companies compared, and which stand out in what. */
export function comparisonSummary({ companies, coins }: PeerData, words: Words): readonly string[] {
  const rate = (value: number | null) => (value === null ? '–' : words.percent(value));
  const times = (value: number | null) => (value === null ? '–' : words.times(value));
  return [
    words.compared([...companies, ...coins].map(({ name, symbol }) => `${name} (${symbol})`).join(words.comma)),
    ...best(
      companies,
      ({ priceToEarnings }) => (priceToEarnings === null ? null : -priceToEarnings),
      (row) => words.cheapest(row.name, times(row.priceToEarnings)),
    ),
    ...best(
      companies,
      ({ revenueGrowth }) => revenueGrowth,
      (row) => words.fastest(row.name, rate(row.revenueGrowth)),
    ),
    ...best(
      companies,
      ({ upside }) => upside,
      (row) => words.furthestBelow(row.name, rate(row.upside)),
    ),
  ];
}

export function comparisonText(data: PeerData, words: Words, report?: string): string {
  const { companies, coins, standings, missing } = data;
  const { headings, labels } = words;
  const names = [...companies, ...coins].map(({ symbol }) => symbol);
  const rate = (value: number | null) => (value === null ? '–' : words.percent(value));
  const times = (value: number | null) => (value === null ? '–' : words.times(value));
  const rows: readonly (readonly [string, (row: PeerData['companies'][number]) => string])[] = [
    [labels.price, ({ price, currency }) => words.price(price, currency)],
    [labels.growth, ({ revenueGrowth }) => rate(revenueGrowth)],
    [labels.operatingMargin, ({ operatingMargin }) => rate(operatingMargin)],
    [labels.priceToEarnings, ({ priceToEarnings }) => times(priceToEarnings)],
    [labels.enterpriseValueToEbitda, ({ enterpriseValueToEbitda }) => times(enterpriseValueToEbitda)],
    [labels.enterpriseValueToSales, ({ enterpriseValueToSales }) => times(enterpriseValueToSales)],
    [labels.priceToFreeCashFlow, ({ priceToFreeCashFlow }) => times(priceToFreeCashFlow)],
    [labels.upside, ({ upside }) => rate(upside)],
  ];
  return document([
    section(headings.summary, about(names.join(' · '), 'comparative', data.sample, words), ...bullets(comparisonSummary(data, words))),
    companies.length === 0
      ? ''
      : section(
          headings.comparison,
          `| | ${companies.map(({ symbol }) => symbol).join(' | ')} |`,
          `| --- |${companies.map(() => ' --- |').join('')}`,
          ...rows.map(([label, of]) => `| ${label} | ${companies.map(of).join(' | ')} |`),
        ),
    coinsSection(coins, words),
    section(
      `${headings.standing}${companies[0] === undefined ? '' : ` (${companies[0].symbol})`}`,
      ...bullets(standingLines(standings, words)),
    ),
    missingSection(missing, words),
    sourcesSection(data, words, report),
  ]);
}

export function portfolioSummary({ holdings, beta, upside, effectiveHoldings }: PortfolioData, words: Words): readonly string[] {
  const [largest] = holdings;
  return [
    ...(largest === undefined ? [] : [words.portfolioOf(holdings.length, largest.name, words.percent(largest.weight))]),
    words.effective(effectiveHoldings.toFixed(1)),
    ...(upside.mean === null ? [] : [words.weightedUpside(upside.mean, words.percent(upside.coverage, 0))]),
    ...(beta.mean === null ? [] : [words.weightedBeta(beta.mean.toFixed(2), words.percent(beta.coverage, 0))]),
  ];
}

export function portfolioRisks({ sectors, beta, upside, effectiveHoldings }: PortfolioData, words: Words): readonly string[] {
  const [sector] = sectors;
  return [
    ...(sector !== undefined && sector.weight >= ONE_SECTOR
      ? [words.concentrated(words.sourceWord(sector.sector), words.percent(sector.weight, 0))]
      : []),
    ...(beta.mean !== null && beta.mean > 1.1 ? [words.swings(beta.mean.toFixed(2))] : []),
    ...(upside.mean !== null && upside.mean < 0 ? [words.dear(words.percent(-upside.mean))] : []),
    words.effective(effectiveHoldings.toFixed(1)),
  ];
}

export function portfolioText(data: PortfolioData, words: Words, report?: string): string {
  const { holdings, sectors, missing } = data;
  const { headings } = words;
  const rate = (value: number | null) => (value === null ? '–' : words.percent(value));
  const { labels } = words;
  return document([
    section(
      headings.summary,
      about(holdings.map(({ symbol }) => symbol).join(' · '), 'portfolio', data.sample, words),
      ...bullets(portfolioSummary(data, words)),
    ),
    section(
      headings.holdings,
      `| | ${labels.weight} | ${labels.price} | ${labels.beta} | ${labels.upside} |`,
      '| --- | --- | --- | --- | --- |',
      ...holdings.map(
        (row) =>
          `| ${row.symbol} | ${words.percent(row.weight)} | ${words.price(row.price, row.currency)} | ${row.beta?.toFixed(2) ?? '–'} | ${rate(row.upside)} |`,
      ),
    ),
    section(headings.sectors, ...sectors.map((one) => `- ${words.sourceWord(one.sector)}: ${words.percent(one.weight)}`)),
    section(headings.risks, ...bullets(portfolioRisks(data, words))),
    missingSection(missing, words),
    sourcesSection(data, words, report),
  ]);
}

export function marketText(data: MarketOverviewData, words: Words): string {
  const { companies, sectors, coins, notAvailable, missing } = data;
  const { headings } = words;
  const rate = (value: number | null) => (value === null ? '–' : words.percent(value));
  const times = (value: number | null) => (value === null ? '–' : words.times(value));
  return document([
    section(
      headings.summary,
      about(words.market, 'macro', data.sample, words),
      ...bullets([
        words.overview(companies.length, sectors.length, coins.length, data.basis.includes('basket')),
        ...best(
          companies,
          ({ revenueGrowth }) => revenueGrowth,
          (row) => words.fastest(row.name, rate(row.revenueGrowth)),
        ),
        ...best(
          companies,
          ({ priceToEarnings }) => (priceToEarnings === null ? null : -priceToEarnings),
          (row) => words.cheapest(row.name, times(row.priceToEarnings)),
        ),
        words.notAvailable(notAvailable.join(words.comma)),
      ]),
    ),
    section(
      headings.sectors,
      ...sectors.map(
        ({ sector, companies: count, revenueGrowth, operatingMargin, priceToEarnings }) =>
          `- **${words.sourceWord(sector)}:** ${words.sectorLine({ companies: count, growth: rate(revenueGrowth), margin: rate(operatingMargin), earnings: times(priceToEarnings) })}`,
      ),
    ),
    coinsSection(coins, words),
    missingSection(missing, words),
    sourcesSection(data, words),
  ]);
}

function standingLines(standings: PeerData['standings'], words: Words): readonly string[] {
  const { labels } = words;
  const names: Readonly<Record<string, string>> = {
    priceToEarnings: labels.priceToEarnings,
    enterpriseValueToEbitda: labels.enterpriseValueToEbitda,
    enterpriseValueToSales: labels.enterpriseValueToSales,
    priceToFreeCashFlow: labels.priceToFreeCashFlow,
  };
  return standings.flatMap(({ multiple, own, median, premium }) =>
    own === null || median === null || premium === null
      ? []
      : [words.premium(names[multiple] ?? multiple, words.times(own), words.times(median), premium)],
  );
}

function best<T>(rows: readonly T[], by: (row: T) => number | null, say: (row: T) => string): readonly string[] {
  const ranked = rows.flatMap((row) => {
    const value = by(row);
    return value === null ? [] : [{ row, value }];
  });
  // One alone cannot be compared.
  if (ranked.length < 2) return [];
  const [first, ...rest] = ranked;
  return first === undefined ? [] : [say(rest.reduce((top, one) => (one.value > top.value ? one : top), first).row)];
}

type CoinRow = Pick<MarketOverviewData['coins'][number], 'symbol' | 'name' | 'price' | 'change' | 'marketCap'>;

function coinsSection(coins: readonly CoinRow[], words: Words): string {
  return section(
    words.headings.coins,
    ...coins.map(({ symbol, name, price, change, marketCap }) => {
      const parts = [
        words.price(price, 'USD'),
        ...(change === null ? [] : [`${words.labels.change} ${words.percent(change)}`]),
        ...(marketCap === null ? [] : [`${words.labels.marketCap} ${words.money(marketCap, 'USD')}`]),
      ];
      return `- **${name} (${symbol}):** ${parts.join(words.comma)}`;
    }),
  );
}

function missingSection(missing: readonly { readonly symbol: string; readonly why: string }[], words: Words): string {
  return section(words.headings.missing, ...missing.map(({ symbol, why }) => `- ${symbol}: ${why}`));
}
