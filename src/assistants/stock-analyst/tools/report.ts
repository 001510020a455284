/** `create_report`: the PDF of an analysis. The words are the model's, every figure is computed here from the data. */
import * as z from 'zod';
import { defineTool, type Tool } from '#actors/agent/tools.ts';
import type { Language } from '../language.ts';
import type { MarketData } from '../market-data/port.ts';
import { subjectIn } from '../market-data/subject.ts';
import { coinReport } from '../report/coin-report.ts';
import type { ReportDocument } from '../report/document.ts';
import { equityReport } from '../report/equity-report.ts';
import type { Opinion } from '../report/opinion.ts';
import { RATINGS } from '../report/rating.ts';
import { renderReport } from '../report/render.ts';
import { MAX_COMPARED, symbolText } from '../request.ts';
import type { AssumptionSettings } from '../valuation/assumptions.ts';
import { comparePeers, type PeerComparison } from '../valuation/peers.ts';
import { headlineSentiment, type Sentiment } from '../valuation/sentiment.ts';
import { assumptionInput, settingsOf } from './dcf.ts';
import { wordsFor } from './language.ts';
import { attempt, type LoadedCompany, loadCompany, multiplesOfCompany, valuationOf } from './load.ts';
import { PATIENCE_MS, type StockToolParts } from './source.ts';

const line = z.string().trim().min(1).max(600);

const analysisInput = z.object({
  executiveSummary: z.array(line).min(1).max(6).describe('Paragraphs'),
  rating: z.enum(RATINGS).describe('Of the price against the value that you found; not_rated where there is none. No advice'),
  strengths: z.array(line).max(6),
  risks: z.array(line).min(1).max(6),
  outlook: z.string().trim().max(1_200),
  writtenBy: z.string().trim().min(1).max(80).optional(),
});

export function reportTool({ data, now }: StockToolParts): Tool {
  return defineTool({
    name: 'create_report',
    description:
      'Makes the PDF report on a share or coin and gives it to the customer: your words, with tables and charts that are computed from the data. Call it once, after your other tools and before you write the analysis. Give the assumptions that you gave calculate_dcf.',
    input: z.object({
      symbol: symbolText,
      analysis: analysisInput,
      assumptions: assumptionInput.optional(),
      locale: z.string().max(35).optional().describe('Of your words, BCP 47'),
    }),
    timeoutMs: PATIENCE_MS,
    run: async ({ symbol: text, analysis, assumptions, locale }, { signal, report, session }) => {
      const at = now();
      const { kind, symbol } = subjectIn(data, text);
      const { executiveSummary: summary, ...opinion } = analysis;
      const { language, caption, figures } = wordsFor(session, locale);
      const sentiment = await sentimentOf(data, symbol, kind, signal);
      const document =
        kind === 'crypto'
          ? coinReport({ coin: await data.coin(symbol, signal), summary, sentiment, opinion }, at, language)
          : await equityDocument(data, { symbol, summary, sentiment, opinion, at, language }, settingsOf(assumptions ?? {}), signal);
      const bytes = await renderReport(document);
      const name = `${symbol}-${new Date(at).toISOString().slice(0, 10)}.pdf`;
      report({ name, mimeType: 'application/pdf', bytes, caption: caption(symbol, figures.date(at)) });
      return { report: name, bytes: bytes.byteLength, sample: document.sample };
    },
  });
}

interface Written {
  readonly symbol: string;
  readonly summary: readonly string[];
  readonly sentiment: Sentiment | null;
  readonly opinion: Opinion;
  readonly at: number;
  readonly language: Language;
}

async function equityDocument(
  data: MarketData,
  { symbol, at, language, ...written }: Written,
  settings: AssumptionSettings,
  signal: AbortSignal,
): Promise<ReportDocument> {
  const loaded = await loadCompany(data, symbol, signal);
  const valuation = await valuationOf(loaded, settings);
  return equityReport({ ...loaded, ...written, valuation, peers: await peersOf(data, loaded, signal) }, at, language);
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
