/** Changes of an analysis to a session's context, as plain functions like those of changes.ts. */
import type * as z from 'zod';
import { clipToTokens } from '../tokens.ts';
import { declinedBefore, messagesAfter, type Patch, runInput, spent, spoken } from './changes.ts';
import { type AnalysisRequest, contextPolicy, type Message, type SessionAnalysis, type SessionContext } from './context.ts';
import type { ReactionSendParams } from './effects.ts';
import type { AnalyseInput, analyseOutput } from './runs.ts';

type Analysed = z.output<typeof analyseOutput>;

export function analysisBegun(context: SessionContext, { message, ...request }: AnalysisRequest): Patch {
  const before = lastComplete(context.analysis);
  return {
    analysis: {
      ...request,
      startedAt: context.lastActivityAt,
      summary: null,
      ...(message === undefined ? {} : { message }),
      ...(before === undefined ? {} : { before }),
    },
    proposed: null,
    pending: 0,
    counters: { ...context.counters, runs: context.counters.runs + 1 },
  };
}

/** The one that stays if the next gives nothing. */
function lastComplete(analysis: SessionAnalysis | null): SessionAnalysis['before'] {
  if (analysis === null || analysis.summary === null) return analysis?.before;
  const { before: _, ...complete } = analysis;
  return complete;
}

export function analysed(context: SessionContext, output: Analysed): Patch {
  const { counters, lastActivityAt } = spent(context, output);
  if (output.declined) return analysisDeclined(context, output);
  const base = output.failed
    ? { lastActivityAt, counters: { ...counters, errors: counters.errors + 1 }, ...analysisGivenUp(context) }
    : { lastActivityAt, counters, analysis: completed(context.analysis, output.summary), ...remembered(context, output.summary) };
  return { ...base, ...spoken({ ...context, ...base }, output, context.messages.at(-1)?.id ?? null) };
}

/** The reaction of an analysis, to the message that asked for it. */
export function reactionTo({ analysis }: SessionContext, { reaction }: Analysed): ReactionSendParams | undefined {
  const messageId = analysis?.message;
  return messageId === undefined || reaction === undefined ? undefined : { messageId, emoji: reaction, author: 'assistant' };
}

/**
 * The model declined the analysis. Its request leaves the context, as the messages of a declined
 * answer do. A command is not in the context.
 */
function analysisDeclined(context: SessionContext, output: Analysed): Patch {
  const { analysis, messages } = context;
  const isRequest = ({ aside, text, at }: Message) =>
    aside === true && analysis !== null && (at === analysis.startedAt || text.includes(analysis.args));
  const asked = messages.filter(isRequest).map(({ id }) => id);
  const declines = (context.declines ?? 0) + 1;
  const later = messagesAfter(messages, asked.at(-1) ?? null);
  return {
    ...spent(context, output),
    ...analysisGivenUp(context),
    ...declinedBefore(context, declines),
    messages: declines === 1 ? messages.filter((message) => !isRequest(message)) : asked.length === 0 ? [] : later,
  };
}

/** The analysis yielded nothing. The one before it is open again. */
export function analysisGivenUp({ analysis }: SessionContext): Patch {
  return { analysis: analysis?.before ?? null };
}

function completed(analysis: SessionAnalysis | null, summary: string): SessionAnalysis | null {
  if (analysis === null) return null;
  const { before: _, ...current } = analysis;
  return { ...current, summary };
}

/** Tokens of a summary that a later analysis gets. Its beginning matters most. */
const EARLIER_TOKENS = 300;

/** The last ones, for analyses to come. */
function remembered(context: SessionContext, summary: string): Patch {
  const { analysis, analyses } = context;
  const { earlierAnalyses } = contextPolicy(context);
  if (analysis === null || analyses === undefined || earlierAnalyses === 0) return {};
  const { command, args, startedAt: at } = analysis;
  const earlier = { command, args, at, summary: clipToTokens(summary, EARLIER_TOKENS) };
  return { analyses: [...analyses, earlier].slice(-earlierAnalyses) };
}

export function analyseInput(context: SessionContext): AnalyseInput {
  const { analysis, analyses } = context;
  const input = { ...runInput(context), command: analysis?.command ?? '', args: analysis?.args ?? '' };
  if (analyses === undefined) return input;
  const { earlierAnalyses: earlierMost } = contextPolicy(context);
  return { ...input, earlier: analyses.toReversed(), earlierMost };
}
