/** The report on several shares or coins beside each other. */
import type { Language } from '../language.ts';
import type { PeerData } from '../tools/peers.ts';
import type { Block, ReportDocument } from './document.ts';
import { missingBlocks } from './missing.ts';
import { type Opinion, opinionBlocks } from './opinion.ts';
import type { ReportWords } from './phrases.ts';
import { REPORT_WORDS } from './words.ts';

export interface ComparisonAnalysis {
  readonly compared: PeerData;
  readonly summary: readonly string[];
  readonly opinion: Opinion;
}

type Company = PeerData['companies'][number];

export function comparisonReport(
  { compared, summary, opinion }: ComparisonAnalysis,
  createdAt: number,
  language: Language,
): ReportDocument {
  const { companies, coins, missing, sample, source } = compared;
  const words = REPORT_WORDS[language];
  const all = [...companies, ...coins];
  return {
    language,
    title: all.map(({ symbol }) => symbol).join(' · '),
    subtitle: all.map(({ name }) => name).join(' · '),
    createdAt,
    sample,
    sources: [source],
    blocks: [
      { kind: 'heading', text: words.headings.summary },
      ...summary.map((text): Block => ({ kind: 'paragraph', text })),
      ...(companies.length === 0 ? [] : companyBlocks(companies, words)),
      ...(coins.length === 0 ? [] : coinBlocks(coins, words)),
      ...standingBlocks(compared, words),
      ...opinionBlocks(opinion, words),
      ...missingBlocks(missing, words),
    ],
  };
}

function companyBlocks(companies: readonly Company[], { headings, labels, figures, multiples }: ReportWords): readonly Block[] {
  const { price, money, percent, change, multiple } = figures;
  const rows: readonly (readonly [string, (row: Company) => string])[] = [
    [labels.price, (row) => price(row.price, row.currency)],
    [labels.marketCap, (row) => money(inUnits(row.marketCap), row.currency)],
    [labels.revenueGrowth, (row) => percent(row.revenueGrowth)],
    [labels.operatingMargin, (row) => percent(row.operatingMargin)],
    [multiples.priceToEarnings, (row) => multiple(row.priceToEarnings)],
    [multiples.enterpriseValueToEbitda, (row) => multiple(row.enterpriseValueToEbitda)],
    [multiples.enterpriseValueToSales, (row) => multiple(row.enterpriseValueToSales)],
    [multiples.priceToFreeCashFlow, (row) => multiple(row.priceToFreeCashFlow)],
    [labels.valueAgainstPrice, (row) => (row.upside === null ? percent(null) : change(row.upside))],
  ];
  return [
    { kind: 'heading', text: headings.comparison },
    {
      kind: 'table',
      columns: [labels.glance, ...companies.map(({ symbol }) => symbol)],
      rows: rows.map(([label, of]) => [label, ...companies.map(of)]),
    },
    {
      kind: 'bars',
      title: `${labels.revenueGrowth} · ${labels.operatingMargin}`,
      series: [labels.revenueGrowth, labels.operatingMargin],
      groups: companies.map(({ symbol, revenueGrowth, operatingMargin }) => ({
        label: symbol,
        values: [revenueGrowth ?? 0, operatingMargin ?? 0],
      })),
      format: (value) => percent(value, 0),
    },
  ];
}

function coinBlocks(coins: PeerData['coins'], { headings, labels, figures }: ReportWords): readonly Block[] {
  const { price, money, percent, change: changed } = figures;
  return [
    { kind: 'heading', text: headings.coins },
    {
      kind: 'table',
      columns: [labels.glance, labels.price, labels.change, labels.marketCap, labels.issued],
      rows: coins.map(({ name, price: each, change, marketCap, issuedShare }) => [
        name,
        price(each, 'USD'),
        change === null ? percent(null) : changed(change),
        money(inUnits(marketCap), 'USD'),
        percent(issuedShare),
      ]),
    },
  ];
}

/** The first company against the others. */
function standingBlocks({ companies, standings }: PeerData, { headings, labels, figures, multiples }: ReportWords): readonly Block[] {
  const [own] = companies;
  if (own === undefined || standings.length === 0) return [];
  const names: Readonly<Record<string, string>> = multiples;
  return [
    { kind: 'heading', text: headings.standing },
    {
      kind: 'table',
      columns: [labels.multiple, own.symbol, labels.median, labels.percentile],
      rows: standings.map(({ multiple, own: value, median, percentile }) => [
        names[multiple] ?? multiple,
        figures.multiple(value),
        figures.multiple(median),
        percentile === null ? '–' : String(Math.round(percentile * 100)),
      ]),
    },
  ];
}

function inUnits(millions: number | null): number | null {
  return millions === null ? null : millions * 1_000_000;
}
