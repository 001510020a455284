/**
 * Plans of the offline model for the analyst's workflows. It calls the tools in the order that
 * the prompts prescribe, then writes an analysis by rules. Pure.
 */

import type * as z from 'zod';
import { type Json, type OfflinePlan, type OfflineStep, type OfflineView, recordOf } from '../../index.ts';
import { type CoinData, coinData, type EquityData, equityData } from '../tools/company-data.ts';
import { dcfData } from '../tools/dcf.ts';
import { marketOverviewData } from '../tools/market-overview.ts';
import { newsData } from '../tools/news.ts';
import { type PeerData, peerData } from '../tools/peers.ts';
import { type PortfolioData, portfolioData } from '../tools/portfolio.ts';
import { wordsOf } from './language.ts';
import { document, section } from './markdown.ts';
import type { Words } from './words.ts';
import { coinText, coinView } from './write-coin.ts';
import { equityText, equityView, type Valued } from './write-equity.ts';
import { comparisonSummary, comparisonText, marketText, portfolioRisks, portfolioSummary, portfolioText } from './write-many.ts';
import { dcfText, newsText } from './write-one.ts';

export const fullAnalysisPlan: OfflinePlan = (view) => {
  const { type } = view.params;
  if (type === 'comparative') {
    const { symbols } = view.params;
    const summarise = (data: PeerData, words: Words) => ({ summary: comparisonSummary(data, words), risks: [] });
    return several(view, 'compare_peers', { symbols }, peerData, summarise, comparisonText);
  }
  if (type === 'portfolio') {
    const { holdings } = view.params;
    const summarise = (data: PortfolioData, words: Words) => ({
      summary: portfolioSummary(data, words),
      risks: portfolioRisks(data, words),
    });
    return several(view, 'review_portfolio', { holdings }, portfolioData, summarise, portfolioText);
  }
  if (type === 'macro') return one(view, 'fetch_market_overview', {}, marketOverviewData, marketText);
  return single(view);
};

export const sentimentPlan: OfflinePlan = (view) => one(view, 'fetch_news_sentiment', { symbol: view.params.symbol }, newsData, newsText);

export const dcfPlan: OfflinePlan = (view) => one(view, 'calculate_dcf', { ...view.params, locale: undefined }, dcfData, dcfText);

export const peersPlan: OfflinePlan = (view) => one(view, 'compare_peers', { symbols: view.params.symbols }, peerData, comparisonText);

type Inputs = Readonly<Record<string, Json | undefined>>;

/** One tool, then words about what it gave. */
function one<S extends z.ZodType<object>>(
  view: OfflineView,
  tool: string,
  input: Inputs,
  schema: S,
  write: (data: z.output<S>, words: Words) => string,
): OfflineStep {
  const words = languageOf(view);
  const next = call(view, tool, input);
  if (next !== undefined) return next;
  const found = resultOf(view, tool, schema);
  return { text: 'refused' in found ? failedText(found.refused, words) : write(found, words) };
}

/** One tool about several things, the report on them, the words. */
function several<S extends z.ZodType<object>>(
  view: OfflineView,
  tool: string,
  input: Inputs,
  schema: S,
  summarise: (data: z.output<S>, words: Words) => { readonly summary: readonly string[]; readonly risks: readonly string[] },
  write: (data: z.output<S>, words: Words, report?: string) => string,
): OfflineStep {
  const words = languageOf(view);
  const next = call(view, tool, input);
  if (next !== undefined) return next;
  const found = resultOf(view, tool, schema);
  if ('refused' in found) return { text: failedText(found.refused, words) };
  const { summary, risks } = summarise(found, words);
  const analysis = {
    executiveSummary: plain(summary.slice(0, 6)),
    rating: 'not_rated',
    strengths: [],
    risks: plain(risks.slice(0, 6)),
    outlook: '',
    writtenBy: words.writtenBy,
  };
  return call(view, 'create_report', { ...input, analysis, locale: view.params.locale }) ?? { text: write(found, words, reportIn(view)) };
}

/** Share or coin, with its data, the valuation, the report and the text. */
function single(view: OfflineView): OfflineStep {
  const words = languageOf(view);
  const { symbol } = view.params;
  const fetched = call(view, 'fetch_company_data', { symbol });
  if (fetched !== undefined) return fetched;
  const company = resultOf(view, 'fetch_company_data', equityData.or(coinData));
  if ('refused' in company) return { text: failedText(company.refused, words) };
  return company.kind === 'equity' ? equity(view, company, words) : coin(view, company, words);
}

function equity(view: OfflineView, company: EquityData, words: Words): OfflineStep {
  const { symbol } = company;
  const next = call(view, 'calculate_dcf', { symbol });
  if (next !== undefined) return next;
  const valued: Valued = resultOf(view, 'calculate_dcf', dcfData);
  const { summary, ...opinion } = equityView(company, valued, words);
  const report = call(view, 'create_report', {
    symbol,
    analysis: { executiveSummary: plain(summary), ...opinion },
    locale: view.params.locale,
  });
  return report ?? { text: equityText(company, valued, words, reportIn(view)) };
}

function coin(view: OfflineView, company: CoinData, words: Words): OfflineStep {
  const { symbol } = company;
  const next = call(view, 'fetch_news_sentiment', { symbol });
  if (next !== undefined) return next;
  const news = resultOf(view, 'fetch_news_sentiment', newsData);
  const { summary, ...opinion } = coinView(company, words);
  const report = call(view, 'create_report', {
    symbol,
    analysis: { executiveSummary: plain(summary), ...opinion },
    locale: view.params.locale,
  });
  return report ?? { text: coinText(company, 'refused' in news ? undefined : news, words, reportIn(view)) };
}

/** Undefined if it was called or cannot be called. */
function call(view: OfflineView, name: string, input: Inputs): OfflineStep | undefined {
  if (view.results.some((result) => result.name === name) || !view.tools.some((tool) => tool.name === name)) return undefined;
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  return { calls: [{ name, input: given }] };
}

/** What the tool gave, or why it gave nothing. */
function resultOf<S extends z.ZodType<object>>(view: OfflineView, name: string, schema: S): z.output<S> | { readonly refused: string } {
  const result = view.results.findLast((one) => one.name === name);
  if (result === undefined) return { refused: `${name} could not be called.` };
  if (!result.ok) {
    const { message } = recordOf(recordOf(result.value).error);
    return { refused: typeof message === 'string' ? message : `${name} failed.` };
  }
  const parsed = schema.safeParse(result.value);
  return parsed.success ? parsed.data : { refused: `What ${name} gave could not be read.` };
}

function reportIn(view: OfflineView): string | undefined {
  const result = view.results.find(({ name, ok }) => ok && name === 'create_report');
  const { report } = recordOf(result?.value);
  return typeof report === 'string' ? report : undefined;
}

function languageOf({ params }: OfflineView): Words {
  return wordsOf(typeof params.locale === 'string' ? params.locale : 'en');
}

/** The report has no Markdown. */
function plain(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replaceAll('**', ''));
}

function failedText(reason: string, words: Words): string {
  return document([section(words.headings.summary, words.failed(reason)), `${words.offline} ${words.howToSet}`]);
}
