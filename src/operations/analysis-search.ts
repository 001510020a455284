/**
 * Searches of analysis sessions. A search reads market data and is recorded in its session, also if
 * it fails. Its result is given only if the record is durable.
 */
import * as z from 'zod';
import type { MarketData } from '#assistants/stock-analyst/market-data/port.ts';
import { subjectIn } from '#assistants/stock-analyst/market-data/subject.ts';
import { parseSubject } from '#assistants/stock-analyst/market-data/symbol.ts';
import type { QueryRecord } from '#machines/analysis-session/events.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import { clip } from '#machines/text.ts';
import { type AnalysisSession, ownAnalysis } from './analysis-owner.ts';
import {
  COIN_PARTS,
  type CoinResult,
  coinResult,
  coinSummary,
  SHARE_PARTS,
  type ShareResult,
  shareResult,
  shareSummary,
} from './analysis-results.ts';
import { analysisTurn, requireRoom, turnProblems } from './analysis-turn.ts';
import { analysisIdInput, analysisSchema, analysisView, querySchema, queryView } from './analysis-view.ts';
import type { OperationContext } from './context.ts';
import { idempotencyKeyInput } from './idempotency-key.ts';
import { defineOperation } from './operation.ts';
import { OperationProblem, problemTypes } from './problems.ts';

const symbolInput = z.string().trim().min(1).max(40);
const once = { idempotencyKey: idempotencyKeyInput.exactOptional().describe('The same key again is recorded once.') };
const errors = [problemTypes.notFound, problemTypes.noData, ...turnProblems];

const searched = { session: analysisSchema, query: querySchema };

export const searchSymbol = defineOperation({
  name: 'analysis_sessions.search_symbol',
  scope: 'analysis:write',
  effect: 'write',
  summary: 'Reads market data of a share, and records the query in an analysis session.',
  input: z.strictObject({
    sessionId: analysisIdInput,
    symbol: symbolInput.describe('Ticker symbol of a share, such as AAPL or BRK.B.'),
    include: z
      .array(z.enum(SHARE_PARTS))
      .min(1)
      .max(SHARE_PARTS.length)
      .default(['company', 'quote'])
      .describe('What to read. Each part is a request to the source, and `quarters` are three.'),
    ...once,
  }),
  output: z.strictObject({
    ...searched,
    result: shareResult,
  }),
  errors,
  target: ({ sessionId }) => sessionId,
  detail: ({ symbol }) => symbol,
  run: (context, { sessionId, symbol: text, include, idempotencyKey }) => {
    const parts = SHARE_PARTS.filter((part) => include.includes(part));
    return search(context, sessionId, { type: 'symbol', text, parts, idempotencyKey }, async ({ data, step, signal }) => {
      const { kind, symbol } = subjectIn(data, text);
      if (kind === 'crypto') throw new InvalidInput(`${symbol} is a coin. Search for it by coin.`, { symbol });
      const result: ShareResult = { symbol };
      for (const part of parts) {
        step(part);
        if (part === 'company') result.company = await data.company(symbol, signal);
        else if (part === 'quote') result.quote = await data.quote(symbol, signal);
        else if (part === 'quarters') result.quarters = [...(await data.quarters(symbol, signal))];
        else if (part === 'peers') result.peers = [...(await data.peers(symbol, signal))];
        else result.headlines = [...(await data.headlines(symbol, 'equity', signal))];
      }
      return { symbol, result, summary: shareSummary(result) };
    });
  },
});

export const searchCoin = defineOperation({
  name: 'analysis_sessions.search_coin',
  scope: 'analysis:write',
  effect: 'write',
  summary: 'Reads market data of a coin, and records the query in an analysis session.',
  input: z.strictObject({
    sessionId: analysisIdInput,
    coin: symbolInput.describe('Symbol of a crypto asset, such as BTC or BTC-USD.'),
    include: z.array(z.enum(COIN_PARTS)).min(1).max(COIN_PARTS.length).default(['coin']).describe('What to read.'),
    ...once,
  }),
  output: z.strictObject({
    ...searched,
    result: coinResult,
  }),
  errors,
  target: ({ sessionId }) => sessionId,
  detail: ({ coin }) => coin,
  run: (context, { sessionId, coin: text, include, idempotencyKey }) => {
    const parts = COIN_PARTS.filter((part) => include.includes(part));
    return search(context, sessionId, { type: 'coin', text, parts, idempotencyKey }, async ({ data, step, signal }) => {
      const { symbol } = parseSubject(text);
      const result: CoinResult = { symbol };
      for (const part of parts) {
        step(part);
        if (part === 'coin') result.coin = await data.coin(symbol, signal);
        else result.headlines = [...(await data.headlines(symbol, 'crypto', signal))];
      }
      return { symbol, result, summary: coinSummary(result) };
    });
  },
});

interface Reading {
  readonly data: MarketData;
  /** Called before each part is read. */
  readonly step: (part: string) => void;
  readonly signal: AbortSignal | undefined;
}

interface Wanted {
  readonly type: QueryRecord['type'];
  readonly text: string;
  readonly parts: readonly string[];
  readonly idempotencyKey: string | undefined;
}

async function search<Result>(
  context: OperationContext,
  sessionId: string,
  { type, text, parts, idempotencyKey }: Wanted,
  read: (reading: Reading) => Promise<{ readonly symbol: string; readonly result: Result; readonly summary: string }>,
) {
  const session = await ownAnalysis(context, sessionId);
  requireRoom(session, context.now());
  const started = performance.now();
  const hits: boolean[] = [];
  let done = 0;
  const step = (part: string): void => {
    context.signal?.throwIfAborted();
    context.onProgress?.({ done, total: parts.length + 1, message: `reading ${part}` });
    done += 1;
  };
  const recorded = (part: Pick<QueryRecord, 'subject' | 'summary' | 'outcome'>): QueryRecord => ({
    type,
    parameters: { include: parts },
    durationMs: Math.round((performance.now() - started) * 10) / 10,
    cacheHit: hits.length > 0 && hits.every((hit) => hit),
    ...part,
  });
  const reading = { data: context.analysisData.observed((hit) => hits.push(hit)), step, signal: context.signal };
  const found = await read(reading).catch(async (error: unknown) => {
    const problem = problemOfSource(error, context.signal);
    const failed = recorded({ subject: clip(text, 40), summary: clip(problem.message, 500), outcome: problem.code });
    // The key is left for a repetition that finds something.
    await record(context, session, failed, idempotencyKey && `${idempotencyKey}:failed`);
    throw problem;
  });
  context.onProgress?.({ done, total: parts.length + 1, message: 'recording the query' });
  const query = recorded({ subject: found.symbol, summary: clip(found.summary, 500), outcome: 'found' });
  return { ...(await record(context, session, query, idempotencyKey)), result: found.result };
}

async function record(context: OperationContext, session: AnalysisSession, query: QueryRecord, idempotencyKey: string | undefined) {
  const at = context.now();
  await analysisTurn(context, session, { type: 'query', at, query }, idempotencyKey);
  const after = await ownAnalysis(context, session.row.id);
  return { session: analysisView(after, context.now()), query: queryView({ ...query, at }) };
}

/** What the caller may read of an error of the source. A defect stays as it is. */
function problemOfSource(error: unknown, signal: AbortSignal | undefined): StatechatError {
  if (signal?.aborted === true) return new StatechatError('cancelled', 'The caller cancelled the query.');
  if (!(error instanceof StatechatError)) throw error;
  if (error.code !== 'refused') return error;
  const detail = error.expose ? error.message : 'The source of market data refuses the request. An operator has to check its key and plan.';
  return new OperationProblem(problemTypes.noData, detail);
}
