/** Report on a portfolio, with weights, concentration and the value of each holding. */
import type { Language } from '../language.ts';
import type { PortfolioData } from '../tools/portfolio.ts';
import type { Block, ReportDocument } from './document.ts';
import { missingBlocks } from './missing.ts';
import { type Opinion, opinionBlocks } from './opinion.ts';
import type { ReportWords } from './phrases.ts';
import { REPORT_WORDS } from './words.ts';

export interface PortfolioAnalysis {
  readonly portfolio: PortfolioData;
  readonly summary: readonly string[];
  readonly opinion: Opinion;
}

export function portfolioReport({ portfolio, summary, opinion }: PortfolioAnalysis, createdAt: number, language: Language): ReportDocument {
  const { holdings, sectors, currencies, missing, sample, source } = portfolio;
  const words = REPORT_WORDS[language];
  const { headings, labels, figures } = words;
  const { percent, price, change } = figures;
  const shares = (label: string, rows: readonly (readonly [string, number])[]): Block => ({
    kind: 'table',
    columns: [label, labels.weight],
    rows: rows.map(([name, weight]) => [name, percent(weight)]),
  });
  return {
    language,
    title: words.portfolioTitle,
    subtitle: holdings.map(({ symbol }) => symbol).join(' · '),
    createdAt,
    sample,
    sources: [source],
    blocks: [
      { kind: 'heading', text: headings.summary },
      ...summary.map((text): Block => ({ kind: 'paragraph', text })),
      { kind: 'table', columns: [labels.glance, ''], rows: glance(portfolio, words) },
      { kind: 'heading', text: headings.holdings },
      {
        kind: 'bars',
        title: labels.weight,
        series: [labels.weight],
        groups: holdings.map(({ symbol, weight }) => ({ label: symbol, values: [weight] })),
        format: (value) => percent(value, 0),
      },
      {
        kind: 'table',
        columns: [labels.holding, labels.weight, labels.price, labels.beta, labels.valueAgainstPrice],
        rows: holdings.map((row) => [
          `${row.name} (${row.symbol})`,
          percent(row.weight),
          price(row.price, row.currency),
          row.beta?.toFixed(2) ?? '–',
          row.upside === null ? percent(null) : change(row.upside),
        ]),
      },
      { kind: 'heading', text: headings.spread },
      shares(
        labels.sector,
        sectors.map(({ sector, weight }) => [words.sourceWord(sector), weight]),
      ),
      shares(
        labels.currency,
        currencies.map(({ currency, weight }) => [currency, weight]),
      ),
      { kind: 'paragraph', text: words.portfolioLimits },
      ...opinionBlocks(opinion, words),
      ...missingBlocks(missing, words),
    ],
  };
}

function glance(
  { holdings, effectiveHoldings, beta, upside }: PortfolioData,
  { labels, figures, coverage }: ReportWords,
): readonly (readonly string[])[] {
  const [largest] = holdings;
  const { percent, change } = figures;
  return [
    [labels.holdings, String(holdings.length)],
    ...(largest === undefined ? [] : [[labels.largest, `${largest.symbol} ${percent(largest.weight)}`]]),
    [labels.effectiveHoldings, effectiveHoldings.toFixed(1)],
    ...(beta.mean === null ? [] : [[`${labels.beta} (${coverage(percent(beta.coverage, 0))})`, beta.mean.toFixed(2)]]),
    ...(upside.mean === null ? [] : [[`${labels.valueAgainstPrice} (${coverage(percent(upside.coverage, 0))})`, change(upside.mean)]]),
  ];
}
