/**
 * Analysis of a share by rules, which puts its figures into sentences. The report uses the same
 * text.
 */
import type { Opinion } from '../report/opinion.ts';
import type { Rating } from '../report/rating.ts';
import type { EquityData } from '../tools/company-data.ts';
import type { DcfData } from '../tools/dcf.ts';
import { about, bullets, document, labelled, section, sourcesSection } from './markdown.ts';
import type { Words } from './words.ts';

/** A valuation, or why there is none. */
export type Valued = DcfData | { readonly refused: string };

/** Fraction of the price. Within it, a model's error is larger than the distance to the value. */
const FAIR = 0.15;
const FAST = 0.08;
const SLOW = 0.02;
const WIDE = 0.2;
const SWINGS = 1.3;
/** Points of operating margin within a year that are more than noise. */
const MOVED = 0.01;

export interface EquityView extends Opinion {
  readonly summary: readonly string[];
}

export function equityView(data: EquityData, valued: Valued, words: Words): EquityView {
  return {
    rating: ratingOf(valued),
    summary: summaryOf(data, valued, words),
    strengths: strengthsOf(data, words),
    risks: risksOf(data, valued, words),
    outlook: outlookOf(valued, words),
    writtenBy: words.writtenBy,
  };
}

export function equityText(data: EquityData, valued: Valued, words: Words, report?: string): string {
  const { summary, strengths, risks, outlook } = equityView(data, valued, words);
  const { headings } = words;
  return document([
    section(headings.summary, about(`${data.name} (${data.symbol})`, 'equity', data.sample, words), ...bullets(summary)),
    section(headings.figures, ...figuresOf(data, words)),
    ...valuationSections(valued, words),
    section(headings.strengths, ...bullets(strengths)),
    section(headings.risks, ...bullets(risks)),
    section(headings.outlook, outlook),
    sourcesSection(data, words, report),
  ]);
}

/** Assumptions and table. The summary has the value. */
export function valuationSections(valued: Valued, words: Words): readonly string[] {
  if ('refused' in valued) return [section(words.headings.valuation, words.noValue(valued.refused))];
  const { currency, years, sensitivity } = valued;
  const { discountRates, terminalGrowths, valuePerShare } = sensitivity;
  // The report has the corners. These are the steps that a reader needs first.
  const rows = [1, 2, 3].map((index) => {
    const cells = [1, 2, 3].map((column) => {
      const value = valuePerShare[index]?.[column] ?? null;
      return value === null ? '–' : value.toFixed(2);
    });
    return `| ${words.percent(discountRates[index] ?? 0)} | ${cells.join(' | ')} |`;
  });
  const head = terminalGrowths.slice(1, 4).map((growth) => words.percent(growth));
  return [
    section(
      words.headings.valuation,
      labelled(words.labels.value, words.price(valued.valuePerShare, currency)),
      labelled(words.labels.enterpriseValue, words.money(valued.enterpriseValue, currency)),
      labelled(words.labels.discountRate, words.percent(valued.discountRate)),
      labelled(words.labels.terminalGrowth, words.percent(valued.terminalGrowth)),
      `- ${words.headings.assumptions}: ${assumedOf(valued, words)}`,
      `- ${words.farAway(words.percent(valued.terminalShare, 0), years.growth.length)}`,
    ),
    section(
      `${words.headings.sensitivity} (${currency})`,
      `| ${words.rateByGrowth} | ${head.join(' | ')} |`,
      '| --- | --- | --- | --- |',
      ...rows,
    ),
  ];
}

function assumedOf(valued: DcfData, words: Words): string {
  const { years, currency } = valued;
  return words.assumed({
    first: words.percent(years.growth[0] ?? 0),
    last: words.percent(valued.terminalGrowth),
    years: years.growth.length,
    tax: words.percent(valued.taxRate),
    rate: words.percent(valued.discountRate),
    base: words.money(valued.baseCashFlow, currency),
  });
}

function ratingOf(valued: Valued): Rating {
  if ('refused' in valued) return 'not_rated';
  return valued.upside > FAIR ? 'undervalued' : valued.upside < -FAIR ? 'overvalued' : 'fairly_valued';
}

export function pricedOf(valued: Valued, price: string, day: string, words: Words): readonly string[] {
  if ('refused' in valued) return [words.priceOnly(price, day), words.noValue(valued.refused)];
  const { currency, valuePerShare, upside } = valued;
  return [words.priceAndValue({ price, day, value: words.price(valuePerShare, currency), upside, rating: ratingOf(valued) })];
}

function summaryOf(data: EquityData, valued: Valued, words: Words): readonly string[] {
  const { lastYear: year, currency, missing } = data;
  const priced = pricedOf(valued, words.price(data.price, currency), data.priceDay, words);
  if (year === null) return [...priced, ...(missing.length === 0 ? [] : [words.noStatements(missing.join(' '))])];
  const money = (value: number) => words.money(value, currency);
  return [
    ...priced,
    words.revenueGrew(money(year.revenue), year.revenueGrowth, year.end),
    words.margins(year.operatingMargin === null ? words.none : words.percent(year.operatingMargin), money(year.freeCashFlow)),
    words.balance(money(year.cash), money(year.debt), year.cash >= year.debt ? 'cash' : 'debt'),
  ];
}

function figuresOf({ lastYear: year, currency, ...data }: EquityData, words: Words): readonly string[] {
  const { labels } = words;
  const money = (value: number) => words.money(value, currency);
  const rate = (value: number | null) => (value === null ? words.none : words.percent(value));
  return [
    labelled(labels.price, `${words.price(data.price, currency)} (${data.priceDay})`),
    labelled(labels.marketCap, data.marketCap === null ? words.none : money(data.marketCap)),
    ...(data.sector === null ? [] : [labelled(labels.sector, words.sourceWord(data.sector))]),
    ...(data.beta === null ? [] : [labelled(labels.beta, data.beta.toFixed(2))]),
    ...(year === null
      ? []
      : [
          labelled(labels.revenue, money(year.revenue)),
          labelled(labels.growth, rate(year.revenueGrowth)),
          labelled(labels.grossMargin, rate(year.grossMargin)),
          labelled(labels.operatingMargin, rate(year.operatingMargin)),
          labelled(labels.netIncome, money(year.netIncome)),
          labelled(labels.freeCashFlow, money(year.freeCashFlow)),
          labelled(labels.cash, money(year.cash)),
          labelled(labels.debt, money(year.debt)),
        ]),
  ];
}

/** The operating margin of the last four quarters, and of the four before. */
function marginsOf({ quarters }: EquityData): { readonly before: number; readonly now: number } | undefined {
  const over = (from: number, to?: number) => {
    const sum = (values: readonly number[]) => values.slice(from, to).reduce((total, value) => total + value, 0);
    return sum(quarters.operatingIncome) / sum(quarters.revenue);
  };
  if (quarters.end.length < 8) return undefined;
  const [before, now] = [over(-8, -4), over(-4)];
  return Number.isFinite(before) && Number.isFinite(now) ? { before, now } : undefined;
}

function strengthsOf(data: EquityData, words: Words): readonly string[] {
  const { lastYear: year, currency } = data;
  if (year === null) return [];
  const money = (value: number) => words.money(value, currency);
  const margins = marginsOf(data);
  return [
    ...(year.revenueGrowth !== null && year.revenueGrowth >= FAST ? [words.grows(words.percent(year.revenueGrowth))] : []),
    ...(year.operatingMargin !== null && year.operatingMargin >= WIDE ? [words.earnsWell(words.percent(year.operatingMargin))] : []),
    ...(margins && margins.now - margins.before >= MOVED
      ? [words.marginRose(words.percent(margins.before), words.percent(margins.now))]
      : []),
    ...(year.freeCashFlow > 0 ? [words.paysItself(money(year.freeCashFlow))] : []),
    ...(year.cash > year.debt ? [words.owesLittle(money(year.cash), money(year.debt))] : []),
  ];
}

function risksOf(data: EquityData, valued: Valued, words: Words): readonly string[] {
  const { lastYear: year, currency, beta } = data;
  const margins = marginsOf(data);
  const owed = year !== null && year.debt > year.cash && year.freeCashFlow > 0 ? year.debt / year.freeCashFlow : undefined;
  const risks = [
    ...(year?.revenueGrowth != null && year.revenueGrowth <= SLOW ? [words.shrinks(words.percent(year.revenueGrowth))] : []),
    ...(margins && margins.before - margins.now >= MOVED
      ? [words.marginFell(words.percent(margins.before), words.percent(margins.now))]
      : []),
    ...(year && owed !== undefined ? [words.owesMuch(words.money(year.debt, currency), owed.toFixed(1))] : []),
    ...(beta !== null && beta >= SWINGS ? [words.swings(beta.toFixed(2))] : []),
    ...('refused' in valued ? [words.noValue(valued.refused)] : valuationRisks(valued, words)),
  ];
  return risks.slice(0, 6);
}

function valuationRisks(valued: DcfData, words: Words): readonly string[] {
  const { better, worse } = nextRates(valued);
  return [
    ...(valued.upside < 0 ? [words.dear(words.percent(-valued.upside))] : []),
    ...(better === null || worse === null
      ? []
      : [words.rateMatters(words.price(worse, valued.currency), words.price(better, valued.currency))]),
    ...(valued.currency === 'USD' ? [] : [words.otherCurrency(valued.currency)]),
    words.farAway(words.percent(valued.terminalShare, 0), valued.years.growth.length),
  ];
}

/** The value with a discount rate one point lower and one higher. */
function nextRates({ sensitivity }: DcfData): { readonly better: number | null; readonly worse: number | null } {
  const at = (row: number) => sensitivity.valuePerShare[row]?.[2] ?? null;
  return { better: at(1), worse: at(3) };
}

function outlookOf(valued: Valued, words: Words): string {
  if ('refused' in valued) return words.noOutlook;
  const { better, worse } = nextRates(valued);
  const price = (value: number | null) => (value === null ? words.none : words.price(value, valued.currency));
  return words.outlook({
    first: words.percent(valued.years.growth[0] ?? 0),
    last: words.percent(valued.terminalGrowth),
    rate: words.percent(valued.discountRate),
    worse: price(worse),
    better: price(better),
    years: valued.years.growth.length,
  });
}
