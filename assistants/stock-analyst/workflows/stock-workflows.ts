/** The workflows of the stock analyst, as data (SPEC A2, A7). */

import * as z from 'zod';
import { defineWorkflow } from '../../index.ts';
import type { MarketData } from '../market-data/port.ts';
import { kindIn } from '../market-data/subject.ts';
import { dcfPlan, fullAnalysisPlan, peersPlan, sentimentPlan } from '../offline/plans.ts';
import { analysisRequest, locale, MAX_COMPARED, type SessionType, type StockRequest, symbolText } from '../request.ts';
import { assumptionInput } from '../tools/dcf.ts';
import type { StockTools } from '../tools/stock-tools.ts';
import { analysisPrompt, dcfPrompt, peersPrompt, sentimentPrompt } from './prompts.ts';

const aboutOne = z.object({ symbol: symbolText, locale });

export function stockWorkflows(data: MarketData, tools: StockTools) {
  const { companyData, dcf, news, peers, portfolio, marketOverview, report } = tools;
  const toolsOf = {
    equity: [companyData, dcf, news, peers, report],
    crypto: [companyData, news, peers, report],
    portfolio: [portfolio, companyData, dcf, news, report],
    comparative: [peers, companyData, dcf, news, report],
    macro: [marketOverview, companyData, news],
  } as const satisfies Record<SessionType, unknown>;

  const fullAnalysis = defineWorkflow({
    name: 'full_analysis',
    params: analysisRequest.transform((request) => typed(data, request)),
    // Tools in two or three turns, one that goes wrong, the report, the text.
    maxTurns: 8,
    maxTokens: 8_192,
    thinkingBudget: 3_000,
    tools: Object.values(tools),
    prompt: (request) => ({ ...analysisPrompt(request.type, request), tools: toolsOf[request.type] }),
    offline: fullAnalysisPlan,
  });
  const sentiment = defineWorkflow({
    name: 'sentiment',
    params: aboutOne,
    maxTurns: 3,
    tools: [news],
    prompt: sentimentPrompt,
    offline: sentimentPlan,
  });
  const dcfValuation = defineWorkflow({
    name: 'dcf_valuation',
    params: aboutOne.extend(assumptionInput.shape),
    maxTurns: 4,
    maxTokens: 6_144,
    thinkingBudget: 2_000,
    tools: [dcf, companyData],
    prompt: dcfPrompt,
    offline: dcfPlan,
  });
  const peerComparison = defineWorkflow({
    name: 'peer_comparison',
    params: z
      .object({ symbol: symbolText.optional(), symbols: z.array(symbolText).min(1).max(MAX_COMPARED).optional(), locale })
      .transform(({ symbol, symbols, locale }, context) => {
        const all = symbols ?? (symbol === undefined ? [] : [symbol]);
        if (all.length === 0) context.addIssue({ code: 'custom', message: 'give a symbol, or symbols' });
        return { symbols: all, locale };
      }),
    maxTurns: 4,
    tools: [peers, companyData],
    prompt: peersPrompt,
    offline: peersPlan,
  });
  return { fullAnalysis, sentiment, dcfValuation, peerComparison };
}

/** A coin of the source is a coin, whichever kind the command names. */
function typed(data: MarketData, request: StockRequest): StockRequest {
  if (request.type !== 'equity' && request.type !== 'crypto') return request;
  return { ...request, type: kindIn(data, request.symbol) };
}
