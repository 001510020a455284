/** Report on a share, with the text of the analysis and the figures behind it. */
import type { Language } from '../language.ts';
import type { Company, Quarter, Quote } from '../market-data/records.ts';
import type { DcfValuation } from '../valuation/dcf.ts';
import type { NoValuation } from '../valuation/no-value.ts';
import type { PeerComparison } from '../valuation/peers.ts';
import type { Sentiment } from '../valuation/sentiment.ts';
import type { CompanyValuation } from '../valuation/value-company.ts';
import type { Block, ReportDocument } from './document.ts';
import { headlineBlocks } from './headlines.ts';
import { type Opinion, opinionBlocks } from './opinion.ts';
import type { ReportWords } from './phrases.ts';
import { REPORT_WORDS } from './words.ts';

export interface EquityAnalysis {
  readonly company: Company;
  readonly quote: Quote;
  readonly quarters: readonly Quarter[];
  /** The executive summary, as paragraphs. */
  readonly summary: readonly string[];
  /** Or why there is none. */
  readonly valuation: CompanyValuation | NoValuation;
  readonly peers: PeerComparison | null;
  readonly sentiment: Sentiment | null;
  /** If absent, the report has figures alone. */
  readonly opinion?: Opinion;
}

export function equityReport(analysis: EquityAnalysis, createdAt: number, language: Language): ReportDocument {
  const { company, quote, quarters, summary, valuation, peers, sentiment, opinion } = analysis;
  const words = REPORT_WORDS[language];
  const { headings, labels } = words;
  const sources = [company.source, quote.source, ...quarters.map(({ source }) => source)];
  const blocks: Block[] = [
    heading(headings.summary),
    ...summary.map((text): Block => ({ kind: 'paragraph', text })),
    { kind: 'table', columns: [labels.glance, ''], rows: glance(analysis, words) },
    ...(opinion === undefined ? [] : opinionBlocks(opinion, words)),
    ...statements(quarters, words),
    ...('refused' in valuation
      ? [heading(headings.valuation), { kind: 'paragraph', text: words.noValuation(valuation) } as const]
      : dcfBlocks(valuation.dcf, words)),
    ...(peers === null ? [] : peerBlocks(peers, words)),
    ...(sentiment === null ? [] : headlineBlocks(sentiment, words)),
  ];
  return {
    language,
    title: company.name,
    subtitle: [
      words.onExchange(company.symbol, company.exchange),
      ...[company.sector, company.industry].filter((part) => part !== null).map(words.sourceWord),
    ].join(' · '),
    createdAt,
    sample: sources.some(({ sample }) => sample),
    sources: [...new Set(sources.map(({ name }) => name))],
    blocks,
  };
}

function glance({ company, quote, valuation, opinion }: EquityAnalysis, words: ReportWords): readonly (readonly string[])[] {
  const { labels, figures } = words;
  const rows = [
    ...(opinion === undefined ? [] : [[labels.rating, words.ratings[opinion.rating]]]),
    [words.priceOn(figures.day(quote.day)), figures.price(quote.price, quote.currency)],
    [labels.marketCap, figures.money(quote.marketCap, quote.currency)],
    [labels.beta, company.beta === null ? '–' : company.beta.toFixed(2)],
  ];
  if ('refused' in valuation) return rows;
  const { dcf, upside } = valuation;
  return [
    ...rows,
    [labels.valueByCashFlow, figures.price(dcf.bridge.valuePerShare, dcf.currency)],
    [labels.valueAgainstPrice, figures.change(upside)],
  ];
}

function statements(quarters: readonly Quarter[], { headings, labels, figures, chart }: ReportWords): readonly Block[] {
  const [last] = quarters.slice(-1);
  if (last === undefined) return [];
  const lines: readonly (readonly [string, (quarter: Quarter) => number])[] = [
    [labels.revenue, ({ income }) => income.revenue],
    [labels.grossProfit, ({ income }) => income.grossProfit],
    [labels.operatingIncome, ({ income }) => income.operatingIncome],
    [labels.netIncome, ({ income }) => income.netIncome],
    [labels.operatingCashFlow, ({ cashFlow }) => cashFlow.operating],
    [labels.capitalExpenditure, ({ cashFlow }) => cashFlow.capitalExpenditure],
    [labels.freeCashFlow, freeCashFlow],
    [labels.cash, ({ balance }) => balance.cash],
    [labels.debt, ({ balance }) => balance.totalDebt],
    [labels.equity, ({ balance }) => balance.totalEquity],
  ];
  const unit = figures.unitOf(
    lines.flatMap(([, of]) => quarters.map(of)),
    last.currency,
  );
  const month = ({ end }: Quarter) => end.slice(0, 7);
  return [
    heading(headings.statements),
    {
      kind: 'bars',
      title: chart(unit.name),
      series: [labels.revenue, labels.freeCashFlow],
      groups: quarters.map((quarter) => ({ label: month(quarter), values: [quarter.income.revenue, freeCashFlow(quarter)] })),
      format: unit.tick,
    },
    {
      kind: 'table',
      columns: [unit.name, ...quarters.map(month)],
      rows: lines.map(([name, of]) => [name, ...quarters.map((quarter) => unit.format(of(quarter)))]),
    },
  ];
}

function freeCashFlow({ cashFlow }: Quarter): number {
  return cashFlow.operating - cashFlow.capitalExpenditure;
}

function dcfBlocks(valuation: DcfValuation, words: ReportWords): readonly Block[] {
  const { currency, assumptions, baseCashFlow, years, bridge, terminalShare, terminalValue, presentTerminalValue, sensitivity } = valuation;
  const { headings, labels, figures } = words;
  const { percent, price, amount } = figures;
  const money = (value: number) => figures.money(value, currency);
  return [
    heading(headings.valuation),
    { kind: 'paragraph', text: words.base(money(baseCashFlow)) },
    { kind: 'list', items: assumptions.reasons.map(words.reason) },
    {
      kind: 'table',
      columns: [labels.year, labels.growth, labels.freeCashFlow, labels.worthToday],
      rows: [
        ...years.map(({ year, growth, freeCashFlow, presentValue }) => [
          String(year),
          percent(growth),
          money(freeCashFlow),
          money(presentValue),
        ]),
        [labels.terminalValue, percent(assumptions.terminalGrowth), money(terminalValue), money(presentTerminalValue)],
      ],
    },
    {
      kind: 'table',
      columns: [labels.bridge, ''],
      rows: [
        [labels.enterpriseValue, money(bridge.enterpriseValue)],
        [labels.lessDebt, money(bridge.debt)],
        [labels.plusCash, money(bridge.cash)],
        [labels.lessMinorities, money(bridge.minorityInterest)],
        [labels.equityValue, money(bridge.equityValue)],
        [labels.shares, amount(bridge.shares)],
        [labels.valuePerShare, price(bridge.valuePerShare, currency)],
      ],
    },
    { kind: 'paragraph', text: words.terminalShare(percent(terminalShare, 0), years.length) },
    {
      kind: 'heat',
      title: words.sensitivity(currency),
      rowTitle: labels.discountRate,
      columnTitle: labels.terminalGrowth,
      rows: sensitivity.discountRates.map((rate) => percent(rate)),
      columns: sensitivity.terminalGrowths.map((growth) => percent(growth)),
      cells: sensitivity.valuePerShare,
      middle: bridge.valuePerShare,
      format: (value) => value.toFixed(2),
    },
  ];
}

function peerBlocks({ rows, standings }: PeerComparison, { headings, labels, figures, multiples }: ReportWords): readonly Block[] {
  return [
    heading(headings.peers),
    {
      kind: 'table',
      columns: [labels.multiple, ...rows.map(({ symbol }) => symbol), labels.median, labels.percentile],
      rows: standings.map(({ multiple, median, percentile }) => [
        multiples[multiple],
        ...rows.map((row) => figures.multiple(row[multiple])),
        figures.multiple(median),
        percentile === null ? '–' : String(Math.round(percentile * 100)),
      ]),
    },
  ];
}

function heading(text: string): Block {
  return { kind: 'heading', text };
}
