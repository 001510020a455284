/**
 * `stock-analyst` analyses shares, coins, portfolios and the market, and answers questions about
 * them (SPEC A7).
 */
import { type Assistant, type AssistantDefinition, analysis, defineAssistant } from '../index.ts';
import { readAnalysis, readOne, readPeers } from './commands/read-command.ts';
import { subjectPattern } from './commands/subject-pattern.ts';
import { FACE } from './face.ts';
import type { MarketData } from './market-data/port.ts';
import { nextQuestions } from './next-questions.ts';
import { TEXTS } from './texts.ts';
import { stockTools } from './tools/stock-tools.ts';
import { CONVERSATION } from './workflows/prompts.ts';
import { stockWorkflows } from './workflows/stock-workflows.ts';

export interface StockAnalystOptions extends Pick<AssistantDefinition, 'model'> {
  readonly marketData: MarketData;
  /** Milliseconds since the epoch, for the date of reports. */
  readonly now: () => number;
}

/**
 * Three times the default. Questions refer to an analysis, which must be whole in the prompt, in
 * Arabic too.
 */
const TOKEN_LIMIT = 12_000;

export function stockAnalyst({ marketData, now, model }: StockAnalystOptions): Assistant {
  const tools = stockTools({ data: marketData, now });
  const { fullAnalysis, sentiment, dcfValuation, peerComparison } = stockWorkflows(marketData, tools);
  const { companyData, dcf, news, peers } = tools;
  return defineAssistant({
    name: 'stock-analyst',
    face: FACE,
    prompt: CONVERSATION,
    ...(model === undefined ? {} : { model }),
    tools: [companyData, dcf, news, peers],
    policy: { subjectPattern: subjectPattern(marketData), texts: TEXTS, tokenLimit: TOKEN_LIMIT },
    analyses: {
      analyze: analysis(fullAnalysis, (input) => readAnalysis(marketData, input), nextQuestions('risks', 'growth', 'valuation')),
      sentiment: analysis(sentiment, (input) => readOne(marketData, 'sentiment', input)),
      dcf: analysis(dcfValuation, (input) => readOne(marketData, 'dcf', input), nextQuestions('assumptions', 'valuation')),
      peers: analysis(peerComparison, (input) => readPeers(marketData, input)),
    },
  });
}
