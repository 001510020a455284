/**
 * Runs of an assistant for a session. Answers, analyses and summaries are each a run of the agent
 * service.
 *
 * Invariants
 * 1. If a budget ends a run, the customer reads the gate's message, and a human takes over if the
 *    configuration says so. If the model declines, the customer reads so.
 * 2. If the model makes no summary, the summary is an extract.
 * 3. A stopped run returns nothing.
 * 4. If the assistant's rules want a human, no model is asked.
 * 5. An answer that is too long for the model is made once more from a shorter conversation
 *    (agent-service/memory/compact.ts).
 */

import { parentOf } from '#actors/interpreter/xstate-internals/actor-members.ts';
import { compacted } from '#agent-service/memory/compact.ts';
import { type EarlierAnalysis, fittingAnalyses } from '#agent-service/memory/earlier-analyses.ts';
import { extract } from '#agent-service/memory/extract.ts';
import { summarize } from '#agent-service/memory/summarize.ts';
import { OFFLINE_MODEL } from '#agent-service/offline/adapter.ts';
import type { ShownMessage } from '#agent-service/sent-media.ts';
import {
  type FailureRemedy,
  type InvocationArgs,
  type RunFailure,
  type RunPhase,
  type SessionRunOutcome,
  type SessionRunParts,
  type SessionRunRequest,
  sessionRun,
} from '#agent-service/session-run.ts';
import type { Json } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Message } from '#machines/session/context.ts';
import { NEEDS } from '#machines/session/needs.ts';
import { noticeText } from '#machines/session/notices.ts';
import type { AnalyseInput, AnalyseOutput, AnswerInput, AnswerOutput, SummariseInput, SummariseOutput } from '#machines/session/runs.ts';
import type { RunUsage } from '#machines/session/usage.ts';
import { firstPending } from '#machines/session/window.ts';
import { clipToTokens } from '#machines/tokens.ts';
import { asksForPerson } from './asks-for-person.ts';
import type { Assistant, Escalation } from './define-assistant.ts';
import { beginReading, type FirstReading, firstReading, settledReading } from './fact-reader.ts';
import { sessionOf } from './run-session.ts';

export interface AssistantRunParts extends SessionRunParts {
  /** Whether a human takes over when a budget is spent. */
  readonly handOver: boolean;
  /** Analyses of the customer's earlier sessions, newest first, at most `most`. */
  readonly earlierAnalyses?: (
    session: { readonly sessionId: SessionId; readonly address: Address; readonly assistant: string },
    most: number,
  ) => Promise<readonly EarlierAnalysis[]>;
  /**
   * Adds to the messages what a model sees of their files. Undefined where no model looks at any.
   */
  readonly showMedia?: (
    session: { readonly sessionId: SessionId; readonly address: Address },
    messages: readonly Message[],
  ) => Promise<readonly ShownMessage[]>;
  /** Visitors of the web channel can be on this machine only. Default false. */
  readonly alone?: boolean;
  /** Called with the tokens of each run. */
  readonly counted?: (tokens: { readonly tokensIn: number; readonly tokensOut: number }) => void;
}

function addUsage(a: RunUsage, b: RunUsage): RunUsage {
  return {
    tokensIn: a.tokensIn + b.tokensIn,
    tokensOut: a.tokensOut + b.tokensOut,
    costMicros: a.costMicros + b.costMicros,
    toolCalls: a.toolCalls + b.toolCalls,
    cacheHits: a.cacheHits + b.cacheHits,
  };
}

type Args<I> = InvocationArgs & { readonly input: I };

/** Tokens of an analysis that later questions are answered from, and that the session keeps. */
const SUMMARY_TOKENS = 2_000;

/** Part of the session's token limit that earlier analyses may take in the prompt of a new one. */
const EARLIER_SHARE = 0.25;

export function assistantRuns(assistant: Assistant, parts: AssistantRunParts) {
  const { now, handOver, alone = false, onError = () => {}, counted = () => {} } = parts;
  const readerParts = { ...parts, onError };

  async function done(args: InvocationArgs, request: SessionRunRequest) {
    const { model, failure, handOver: reason, ...made } = await sessionRun(parts, args, request);
    counted(made.usage);
    const escalate = reason === undefined ? {} : { escalate: { reason } };
    return { ...made, ...escalate, ...refusalIn(failure), at: now(), model };
  }

  /** What the customer reads in place of an answer that the gate or the model refused. */
  function inPlace({ error }: RunFailure, locale: string): FailureRemedy | undefined {
    if (error.code === 'budget_spent') return { text: error.message };
    if (error.code === 'model_refused') return { text: noticeText('declined', locale, assistant.policy.texts ?? {}) };
    return undefined;
  }

  /**
   * What a new analysis gets of the customer's earlier ones. It is made without them if they cannot
   * be read.
   */
  async function earlierOf(args: Args<AnalyseInput>): Promise<readonly EarlierAnalysis[]> {
    const { earlier = [], earlierMost = 0, tokenLimit = Number.POSITIVE_INFINITY } = args.input;
    const { sessionId, address } = parts.contextOf(args);
    const most = earlierMost - earlier.length;
    const before =
      most <= 0
        ? []
        : await parts.earlierAnalyses?.({ sessionId, address, assistant: assistant.name }, most).catch((error: unknown) => {
            onError('reading earlier analyses', error);
            return undefined;
          });
    return fittingAnalyses([...earlier, ...(before ?? [])].slice(0, earlierMost), tokenLimit * EARLIER_SHARE);
  }

  /** What the session makes of such an outcome. */
  function refusalIn(failure: SessionRunOutcome['failure']) {
    if (failure === undefined) return {};
    const { reason } = failure.facts;
    const known = typeof reason === 'string' ? { reason } : {};
    if (failure.code === 'model_refused') return { declined: known };
    return handOver ? { escalate: { reason: known.reason ?? NEEDS.budget } } : {};
  }

  /** A request for a person needs no model and must work without one. */
  function escalationOf(input: AnswerInput): Escalation | undefined {
    const { messages, pending, entities, preferences, locale } = input;
    const waiting = messages.slice(firstPending(messages, pending));
    const rule = (): Escalation | undefined => assistant.escalate?.({ messages, pending, entities, preferences, locale });
    if (!waiting.some(({ role, text }) => role === 'customer' && asksForPerson(text))) return rule();
    return rule() ?? { reason: NEEDS.asked };
  }

  return {
    async answer(args: Args<AnswerInput>): Promise<AnswerOutput> {
      const { prompt, tools = [], model, maxTokens, extraction } = assistant;
      const { input, reading, unread }: FirstReading = extraction ? firstReading(args.input, extraction, onError) : { input: args.input };
      const wanted = escalationOf(input);
      if (wanted !== undefined) {
        const { text = '', ...escalate } = wanted;
        return { text, escalate, ...(reading === undefined ? {} : { reading }) };
      }
      const { sessionId, address } = parts.contextOf(args);
      const shown = await parts.showMedia?.({ sessionId, address }, input.messages);
      const paramsOf = (known: AnswerInput): Json => ({
        ...known,
        messages: known.messages.map((message) => shown?.find(({ id }) => id === message.id) ?? message),
        instructions: prompt,
        now: now(),
        tools: tools.map(({ spec }) => spec.name),
        ...(model === undefined ? {} : { model }),
        ...(maxTokens === undefined ? {} : { maxTokens }),
      });
      let learnt: number | undefined;
      const onFailure = (failure: RunFailure): FailureRemedy | undefined => {
        const { error, again, toolCalls } = failure;
        if (error.code !== 'context_full' || again) return inPlace(failure, input.locale);
        const shorter = compacted(input, prompt);
        if (shorter === undefined) return undefined;
        // Where tools were called, it may be their results that were too long.
        if (toolCalls === 0) learnt = shorter.tokenLimit;
        return { params: paramsOf(shorter) };
      };
      const session = sessionOf(input, alone);
      const begun =
        extraction && unread ? beginReading(readerParts, parts.contextOf(args), extraction, unread, session, args.signal) : undefined;
      const made = await done(args, { workflow: 'conversation', params: paramsOf(input), session, onFailure }).catch(
        async (error: unknown) => {
          await begun?.done(false);
          throw error;
        },
      );
      const read = await begun?.done(true);
      if (read?.usage) counted(read.usage);
      const known = settledReading(read, reading, unread);
      return {
        ...made,
        ...(read?.usage ? { usage: addUsage(made.usage, read.usage) } : {}),
        ...(known === undefined ? {} : { reading: known }),
        ...(learnt === undefined ? {} : { tokenLimit: learnt }),
      };
    },

    async analyse(args: Args<AnalyseInput>): Promise<AnalyseOutput> {
      const { input, self } = args;
      const analysis = assistant.analyses?.[input.command];
      if (analysis === undefined) throw new InvalidInput(`"${assistant.name}" has no analysis "${input.command}".`);
      const failed = { summary: '', failed: true };
      let params: Json;
      try {
        params = analysis.params(input);
      } catch (error) {
        if (error instanceof InvalidInput) return { ...failed, text: error.message };
        throw error;
      }
      const request = {
        workflow: analysis.workflow.name,
        params,
        earlier: await earlierOf(args),
        session: sessionOf(input, alone),
        onFailure: (failure: RunFailure) => inPlace(failure, input.locale),
        onPhase: (phase: RunPhase) => parentOf(self)?.send({ type: 'analysis.progress', at: now(), phase }),
      };
      const made = await done(args, request);
      if (made.model === null) return { ...made, ...failed };
      return { ...made, summary: clipToTokens(made.text, SUMMARY_TOKENS), replies: [...(analysis.next?.(input) ?? [])] };
    },

    async summarise(args: Args<SummariseInput>): Promise<SummariseOutput> {
      const { input, signal } = args;
      const { earlier, messages, maxTokens } = input;
      try {
        const request = {
          workflow: summarize.name,
          params: { earlier, messages, maxTokens },
          session: sessionOf(input, alone),
          quiet: true,
        };
        const { text, usage, at, model } = await done(args, request);
        return { text, usage, at, by: model === OFFLINE_MODEL ? 'extract' : 'model' };
      } catch (error) {
        signal.throwIfAborted();
        onError('a summary by the model', error);
        return { text: extract(input), at: now(), by: 'extract' };
      }
    },
  };
}
