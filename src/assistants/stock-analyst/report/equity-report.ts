/** The report on a share: what is written by the analysis, and the figures that it rests on. */
import type { Company, Quarter, Quote } from '../market-data/records.ts';
import type { DcfValuation } from '../valuation/dcf.ts';
import type { PeerComparison, Standing } from '../valuation/peers.ts';
import type { Sentiment } from '../valuation/sentiment.ts';
import type { CompanyValuation } from '../valuation/value-company.ts';
import type { Block, ReportDocument } from './document.ts';
import { amount, money, multiple, percent, price, tick } from './figures.ts';
import { type Opinion, opinionBlocks, ratingName } from './opinion.ts';

export interface EquityAnalysis {
  readonly company: Company;
  readonly quote: Quote;
  readonly quarters: readonly Quarter[];
  /** The executive summary, as paragraphs. */
  readonly summary: readonly string[];
  /** Or why there is none. */
  readonly valuation: CompanyValuation | { readonly refused: string };
  readonly peers: PeerComparison | null;
  readonly sentiment: Sentiment | null;
  /** Absent: figures alone. */
  readonly opinion?: Opinion;
}

export function equityReport(analysis: EquityAnalysis, createdAt: number): ReportDocument {
  const { company, quote, quarters, summary, valuation, peers, sentiment, opinion } = analysis;
  const sources = [company.source, quote.source, ...quarters.map(({ source }) => source)];
  const blocks: Block[] = [
    { kind: 'heading', text: 'Executive summary' },
    ...summary.map((text): Block => ({ kind: 'paragraph', text })),
    { kind: 'table', columns: ['At a glance', ''], rows: glance(company, quote, valuation, opinion) },
    ...(opinion === undefined ? [] : opinionBlocks(opinion)),
    ...statements(quarters),
    ...('refused' in valuation
      ? [heading('Discounted cash flow'), { kind: 'paragraph', text: `There is no valuation: ${valuation.refused}` } as const]
      : dcfBlocks(valuation.dcf)),
    ...(peers === null ? [] : peerBlocks(peers)),
    ...(sentiment === null ? [] : sentimentBlocks(sentiment)),
  ];
  return {
    title: company.name,
    subtitle: [`${company.symbol} on ${company.exchange ?? 'its exchange'}`, company.sector, company.industry]
      .filter((part) => part !== null)
      .join(' · '),
    createdAt,
    sample: sources.some(({ sample }) => sample),
    sources: [...new Set(sources.map(({ name }) => name))],
    blocks,
  };
}

function glance(
  company: Company,
  quote: Quote,
  valuation: EquityAnalysis['valuation'],
  opinion: Opinion | undefined,
): readonly (readonly string[])[] {
  const rows = [
    ...(opinion === undefined ? [] : [['Price against value', ratingName(opinion.rating)]]),
    [`Price on ${quote.day}`, price(quote.price, quote.currency)],
    ['Market capitalisation', money(quote.marketCap, quote.currency)],
    ['Beta', company.beta === null ? '–' : company.beta.toFixed(2)],
  ];
  if ('refused' in valuation) return rows;
  const { dcf, upside } = valuation;
  return [
    ...rows,
    ['Value per share by discounted cash flow', price(dcf.bridge.valuePerShare, dcf.currency)],
    ['Value against price', `${upside >= 0 ? '+' : ''}${percent(upside)}`],
  ];
}

function statements(quarters: readonly Quarter[]): readonly Block[] {
  const [last] = quarters.slice(-1);
  if (last === undefined) return [];
  const row = (name: string, of: (quarter: Quarter) => number) => [name, ...quarters.map((quarter) => amount(of(quarter)))];
  return [
    heading('Quarterly statements'),
    {
      kind: 'bars',
      title: `Revenue and free cash flow by quarter, ${last.currency}`,
      series: ['Revenue', 'Free cash flow'],
      groups: quarters.map((quarter) => ({ label: quarter.end.slice(0, 7), values: [quarter.income.revenue, freeCashFlow(quarter)] })),
      format: tick,
    },
    {
      kind: 'table',
      columns: [last.currency, ...quarters.map(({ end }) => end.slice(0, 7))],
      rows: [
        row('Revenue', ({ income }) => income.revenue),
        row('Gross profit', ({ income }) => income.grossProfit),
        row('Operating income', ({ income }) => income.operatingIncome),
        row('Net income', ({ income }) => income.netIncome),
        row('Operating cash flow', ({ cashFlow }) => cashFlow.operating),
        row('Capital expenditure', ({ cashFlow }) => cashFlow.capitalExpenditure),
        row('Free cash flow', freeCashFlow),
        row('Cash', ({ balance }) => balance.cash),
        row('Debt', ({ balance }) => balance.totalDebt),
        row('Equity', ({ balance }) => balance.totalEquity),
      ],
    },
  ];
}

function freeCashFlow({ cashFlow }: Quarter): number {
  return cashFlow.operating - cashFlow.capitalExpenditure;
}

function dcfBlocks({
  currency,
  assumptions,
  baseCashFlow,
  years,
  bridge,
  terminalShare,
  terminalValue,
  presentTerminalValue,
  sensitivity,
}: DcfValuation): readonly Block[] {
  return [
    heading('Discounted cash flow'),
    {
      kind: 'paragraph',
      text: `It starts from a free cash flow to the firm of ${money(baseCashFlow, currency)} in the last four quarters. What is assumed:`,
    },
    { kind: 'list', items: assumptions.reasons },
    {
      kind: 'table',
      columns: ['Year', 'Growth', 'Free cash flow', 'Worth today'],
      rows: [
        ...years.map(({ year, growth, freeCashFlow, presentValue }) => [
          String(year),
          percent(growth),
          money(freeCashFlow, currency),
          money(presentValue, currency),
        ]),
        ['Terminal value', percent(assumptions.terminalGrowth), money(terminalValue, currency), money(presentTerminalValue, currency)],
      ],
    },
    {
      kind: 'table',
      columns: ['From enterprise to share', ''],
      rows: [
        ['Enterprise value', money(bridge.enterpriseValue, currency)],
        ['less debt', money(bridge.debt, currency)],
        ['plus cash', money(bridge.cash, currency)],
        ['less minority interest', money(bridge.minorityInterest, currency)],
        ['Equity value', money(bridge.equityValue, currency)],
        ['Shares', amount(bridge.shares)],
        ['Value per share', price(bridge.valuePerShare, currency)],
      ],
    },
    {
      kind: 'paragraph',
      text: `${percent(terminalShare, 0)} of the enterprise value lies after year ${years.length}: it rests on the terminal growth and the discount rate.`,
    },
    {
      kind: 'heat',
      title: `Value per share in ${currency}, if these two assumptions differ`,
      rowTitle: 'Discount rate',
      columnTitle: 'Terminal growth',
      rows: sensitivity.discountRates.map((rate) => percent(rate)),
      columns: sensitivity.terminalGrowths.map((growth) => percent(growth)),
      cells: sensitivity.valuePerShare,
      middle: bridge.valuePerShare,
      format: (value) => value.toFixed(2),
    },
  ];
}

const NAMES: Readonly<Record<Standing['multiple'], string>> = {
  priceToEarnings: 'Price / earnings',
  enterpriseValueToEbitda: 'EV / EBITDA',
  enterpriseValueToSales: 'EV / sales',
  priceToFreeCashFlow: 'Price / free cash flow',
};

function peerBlocks({ rows, standings }: PeerComparison): readonly Block[] {
  return [
    heading('Peers'),
    {
      kind: 'table',
      columns: ['Multiple', ...rows.map(({ symbol }) => symbol), 'Median of peers', 'Percentile'],
      rows: standings.map(({ multiple: name, median, percentile }) => [
        NAMES[name],
        ...rows.map((row) => multiple(row[name])),
        multiple(median),
        percentile === null ? '–' : String(Math.round(percentile * 100)),
      ]),
    },
  ];
}

function sentimentBlocks({ score, tone, headlines, method }: Sentiment): readonly Block[] {
  return [
    heading('Headlines'),
    {
      kind: 'paragraph',
      text: `Tone: ${tone} (${score.toFixed(2)} on a scale from -1 to 1, over ${headlines.length} headlines). ${method}`,
    },
    { kind: 'list', items: headlines.map(({ title, day, score }) => `${day} (${score > 0 ? '+' : score < 0 ? '−' : '0'}) ${title}`) },
  ];
}

function heading(text: string): Block {
  return { kind: 'heading', text };
}
