/**
 * Runs of an assistant for a session. Answers, analyses and summaries are each a run of the agent
 * service.
 *
 * Invariants
 * 1. If a budget ends a run, the customer reads the gate's message, and a human takes over if the
 *    configuration says so.
 * 2. If the model makes no summary, the summary is an extract.
 * 3. A stopped run returns nothing.
 */

import { parentOf } from '#actors/interpreter/xstate-internals.ts';
import { extract } from '#agent-service/memory/extract.ts';
import { summarize } from '#agent-service/memory/summarize.ts';
import { OFFLINE_MODEL } from '#agent-service/offline/adapter.ts';
import {
  type InvocationArgs,
  type RunPhase,
  type SessionRunParts,
  type SessionRunRequest,
  sessionRun,
} from '#agent-service/session-run.ts';
import type { Json } from '#machines/definition.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { AnalyseInput, AnalyseOutput, AnswerInput, AnswerOutput, SummariseInput, SummariseOutput } from '#machines/session/runs.ts';
import { clipToTokens } from '#machines/tokens.ts';
import { asksForPerson } from './asks-for-person.ts';
import type { Assistant } from './define-assistant.ts';
import { sessionOf } from './run-session.ts';

export interface AssistantRunParts extends SessionRunParts {
  /** Whether a human takes over when a budget is spent. */
  readonly handOver: boolean;
  /** Called with the tokens of each run. */
  readonly counted?: (tokens: { readonly tokensIn: number; readonly tokensOut: number }) => void;
}

type Args<I> = InvocationArgs & { readonly input: I };

/** Tokens of an analysis that later questions are answered from, and that the session keeps. */
const SUMMARY_TOKENS = 2_000;

export function assistantRuns(assistant: Assistant, parts: AssistantRunParts) {
  const { now, handOver, onError = () => {}, counted = () => {} } = parts;

  async function done(args: InvocationArgs, request: SessionRunRequest) {
    const { model, ...made } = await sessionRun(parts, args, request);
    counted(made.usage);
    return { ...made, at: now(), model };
  }

  /** Outcome for the customer if the gate refused the run. */
  function refused(error: unknown) {
    if (!(error instanceof StatechatError && error.code === 'budget_spent')) throw error;
    const { reason } = error.facts;
    return {
      text: error.message,
      ...(handOver ? { escalate: { reason: typeof reason === 'string' ? reason : 'a budget is spent' } } : {}),
    };
  }

  return {
    async answer(args: Args<AnswerInput>): Promise<AnswerOutput> {
      const { input } = args;
      // A request for a person needs no model and must work without one.
      const asked = input.messages.slice(-input.pending).some(({ role, text }) => role === 'customer' && asksForPerson(text));
      if (asked) return { text: '', escalate: { reason: 'the customer asked for a person' } };
      const { prompt, tools = [], model, maxTokens } = assistant;
      const params = {
        ...input,
        instructions: prompt,
        now: now(),
        tools: tools.map(({ spec }) => spec.name),
        ...(model === undefined ? {} : { model }),
        ...(maxTokens === undefined ? {} : { maxTokens }),
      };
      return done(args, { workflow: 'conversation', params, session: sessionOf(input) }).catch(refused);
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
        session: sessionOf(input),
        onPhase: (phase: RunPhase) => parentOf(self)?.send({ type: 'analysis.progress', at: now(), phase }),
      };
      return done(args, request).then(
        (made) => ({ ...made, summary: clipToTokens(made.text, SUMMARY_TOKENS) }),
        (error: unknown) => ({ ...failed, ...refused(error) }),
      );
    },

    async summarise(args: Args<SummariseInput>): Promise<SummariseOutput> {
      const { input, signal } = args;
      const { earlier, messages, maxTokens } = input;
      try {
        const request = { workflow: summarize.name, params: { earlier, messages, maxTokens }, session: sessionOf(input), quiet: true };
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
