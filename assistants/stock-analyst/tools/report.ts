/**
 * `create_report` makes the PDF of an analysis of one company, several or a portfolio. The text is
 * the model's. Every figure is computed here from the data.
 */

import * as z from 'zod';
import { defineTool, InvalidInput, type Tool } from '../../index.ts';
import type { Language } from '../language.ts';
import type { MarketData } from '../market-data/port.ts';
import { subjectIn } from '../market-data/subject.ts';
import type { Subject } from '../market-data/symbol.ts';
import { coinReport } from '../report/coin-report.ts';
import { comparisonReport } from '../report/comparison-report.ts';
import type { ReportDocument } from '../report/document.ts';
import { equityReport } from '../report/equity-report.ts';
import type { Opinion } from '../report/opinion.ts';
import { portfolioReport } from '../report/portfolio-report.ts';
import { RATINGS } from '../report/rating.ts';
import { holding, MAX_COMPARED, MAX_HOLDINGS, symbolText } from '../request.ts';
import type { AssumptionSettings } from '../valuation/assumptions.ts';
import { comparePeers, type PeerComparison } from '../valuation/peers.ts';
import { headlineSentiment, type Sentiment } from '../valuation/sentiment.ts';
import { assumptionInput, dcfSettingsOf } from './dcf.ts';
import { wordsFor } from './language.ts';
import { attempt, type LoadedCompany, loadCompany, multiplesOfCompany, valuationOf } from './load.ts';
import { compared } from './peers.ts';
import { reviewed } from './portfolio.ts';
import { PATIENCE_MS, type StockToolParts } from './source.ts';

const line = z.string().trim().min(1).max(600);

const analysisInput = z.object({
  executiveSummary: z.array(line).min(1).max(6).describe('Paragraphs'),
  rating: z.enum(RATINGS).describe('Of the price against the value that you found; not_rated where there is none. No advice'),
  strengths: z.array(line).max(6),
  risks: z.array(line).max(6).describe('At least one, where you know of any'),
  outlook: z.string().trim().max(1_200),
  writtenBy: z.string().trim().min(1).max(80).optional(),
});

/** One of them. It is the subject of the report. */
const subjects = {
  symbol: symbolText.optional().describe('A share or coin'),
  symbols: z.array(symbolText).min(2).max(MAX_COMPARED).optional().describe('A comparison, in the order of compare_peers'),
  holdings: z.array(holding).min(1).max(MAX_HOLDINGS).optional().describe('A portfolio, as you gave it to review_portfolio'),
};

export function reportTool({ data, now }: StockToolParts): Tool {
  return defineTool({
    name: 'create_report',
    description:
      'Makes the PDF report on a share or coin (symbol), a comparison (symbols) or a portfolio (holdings) and gives it to the customer: your words, with tables and charts that are computed from the data. Call it once, after your other tools and before you write the analysis. Give the assumptions that you gave calculate_dcf.',
    input: z.object({
      ...subjects,
      analysis: analysisInput,
      assumptions: assumptionInput.optional(),
      locale: z.string().max(35).optional().describe('Of your words, BCP 47'),
    }),
    timeoutMs: PATIENCE_MS,
    run: async ({ symbol, symbols, holdings, analysis, assumptions, locale }, { signal, report, session }) => {
      const at = now();
      const words = wordsFor(session, locale);
      const { language, caption, figures } = words;
      const { executiveSummary: summary, ...opinion } = analysis;
      const written = { summary, opinion };
      const made = async (): Promise<{ readonly document: ReportDocument; readonly of: string; readonly called: string }> => {
        if (holdings !== undefined) {
          const portfolio = await reviewed(data, holdings, words, signal);
          return { document: portfolioReport({ portfolio, ...written }, at, language), of: 'portfolio', called: words.portfolioName };
        }
        if (symbols !== undefined) {
          const known = symbols.map((one) => subjectIn(data, one).symbol);
          const document = comparisonReport({ compared: await compared(data, known, words, signal), ...written }, at, language);
          return { document, of: known.join('-').replaceAll('/', '-'), called: known.join(words.comma) };
        }
        if (symbol === undefined) throw new InvalidInput('Say what the report is about: a symbol, symbols, or holdings.');
        const one = subjectIn(data, symbol);
        const document = await reportOnOne(data, one, { ...written, at, language }, dcfSettingsOf(assumptions ?? {}), signal);
        return { document, of: one.symbol, called: one.symbol };
      };
      const { document, of, called } = await made();
      // Loaded for the first report. What lays out text would make every start longer.
      const { renderReport } = await import('../report/render.ts');
      const bytes = await renderReport(document);
      const name = `${of}-${new Date(at).toISOString().slice(0, 10)}.pdf`;
      report({ name, mimeType: 'application/pdf', bytes, caption: caption(called, figures.date(at)) });
      return { report: name, bytes: bytes.byteLength, sample: document.sample };
    },
  });
}

interface Written {
  readonly summary: readonly string[];
  readonly opinion: Opinion;
  readonly at: number;
  readonly language: Language;
}

async function reportOnOne(
  data: MarketData,
  { kind, symbol }: Subject,
  { at, language, ...written }: Written,
  settings: AssumptionSettings,
  signal: AbortSignal,
): Promise<ReportDocument> {
  const sentiment = await sentimentOf(data, symbol, kind, signal);
  if (kind === 'crypto') return coinReport({ coin: await data.coin(symbol, signal), ...written, sentiment }, at, language);
  const loaded = await loadCompany(data, symbol, signal);
  const valuation = await valuationOf(loaded, settings);
  return equityReport({ ...loaded, ...written, sentiment, valuation, peers: await peersOf(data, loaded, signal) }, at, language);
}

/** A report without peers or headlines is still one. */
async function peersOf(data: MarketData, loaded: LoadedCompany, signal: AbortSignal): Promise<PeerComparison | null> {
  const own = await multiplesOfCompany(loaded);
  if (own === null || !data.capabilities.peers) return null;
  const found = await attempt(async () => {
    const symbols = (await data.peers(own.symbol, signal)).slice(0, MAX_COMPARED - 2);
    const others = [];
    for (const symbol of symbols) {
      const peer = await attempt(() => loadCompany(data, symbol, signal));
      const multiples = 'refused' in peer ? null : await multiplesOfCompany(peer.value);
      if (multiples !== null) others.push(multiples);
    }
    return others;
  });
  return 'refused' in found || found.value.length === 0 ? null : comparePeers(own, found.value);
}

async function sentimentOf(data: MarketData, symbol: string, kind: 'equity' | 'crypto', signal: AbortSignal): Promise<Sentiment | null> {
  const headlines = await attempt(() => data.headlines(symbol, kind, signal));
  return 'refused' in headlines || headlines.value.length === 0 ? null : headlineSentiment(headlines.value);
}
