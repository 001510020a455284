/**
 * Model that answers without a key. It uses no network and no randomness, and gives the same answer
 * for the same conversation. Its first answer says that it is the offline model. In a workflow it
 * calls the same tools as any model, in a sensible order (plan.ts), and writes down their results
 * (write.ts).
 */
import { setTimeout as wait } from 'node:timers/promises';
import { estimateTokens } from '#machines/tokens.ts';
import { estimateRequest } from '../estimate.ts';
import { earlierAnalysesIn } from '../memory/earlier-analyses.ts';
import { abortError, type Provider, type ProviderEvent, type ProviderRequest } from '../provider.ts';
import { analysedBefore } from './analysed-before.ts';
import { analysisIn, underWayIn } from './from-analysis.ts';
import { arabicPhrases, englishPhrases } from './phrases.ts';
import { conversationPlan, conversationView, nextCall, type OfflinePlan, type OfflineStep, viewOf } from './plan.ts';
import { introduced, reply } from './reply.ts';
import { writeAnswer } from './write.ts';

export const OFFLINE_MODEL = 'offline-1';
/** All pauses of one answer together, in milliseconds. A longer answer is written faster. */
const LONGEST_WRITING = 5_000;

export interface OfflineOptions {
  /**
   * Pause between two words in milliseconds, so that an answer is seen to be written. Default 25.
   * With 0 it is written at once.
   */
  readonly delayMs?: number;
  /** Waits. Rejects or returns early if the signal is aborted. Default is Node's timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /**
   * By the name of the workflow, or of `conversationPlan`, for those that know better than plan.ts
   * how they go.
   */
  readonly plans?: ReadonlyMap<string, OfflinePlan>;
}

export function createOfflineProvider({
  delayMs = 25,
  sleep = (ms, signal) => wait(ms, undefined, { signal }),
  plans = new Map(),
}: OfflineOptions = {}): Provider {
  return { name: 'offline', defaultModel: OFFLINE_MODEL, stream };

  async function* stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    const step = stepOf(request);
    if ('calls' in step) {
      yield* call(request, step.calls, signal);
      return;
    }
    const words = (request.local === true ? step.text : withoutSetup(step.text)).match(/\s*\S+/g) ?? [];
    const pauseMs = Math.min(delayMs, Math.ceil(LONGEST_WRITING / words.length));
    let text = '';
    let full = false;
    for (const word of words) {
      if (text !== '' && pauseMs > 0) await pause(pauseMs, signal);
      if (signal.aborted) throw abortError(signal);
      if (estimateTokens(text + word) > request.maxTokens) {
        full = true;
        break;
      }
      text += word;
      yield { type: 'text', text: word };
    }
    if (signal.aborted) throw abortError(signal);
    yield usageOf(request, text);
    yield { type: 'stop', reason: full ? 'max_tokens' : 'end', model: OFFLINE_MODEL };
  }

  function stepOf(request: ProviderRequest): OfflineStep {
    const view = viewOf(request);
    if (view === undefined) return conversationStep(request);
    const planned = plans.get(request.workflow ?? '')?.(view);
    const next = planned === undefined ? nextCall(view) : undefined;
    const step = planned ?? (next === undefined ? { text: writeAnswer(view) } : { calls: [next] });
    if ('calls' in step) return step;
    const before = analysedBefore(view, earlierAnalysesIn(request.system));
    return before === undefined ? step : { text: `${step.text}\n\n${before}` };
  }

  function conversationStep(request: ProviderRequest): OfflineStep {
    const { assistant, messages, system } = request;
    const plan = assistant === undefined ? undefined : plans.get(conversationPlan(assistant));
    const planned = plan?.(conversationView(request));
    if (planned === undefined) return { text: reply(messages, analysisIn(system), underWayIn(system)) };
    return 'calls' in planned ? planned : { text: introduced(planned.text, messages) };
  }

  async function* call(
    request: ProviderRequest,
    calls: Extract<OfflineStep, { calls: unknown }>['calls'],
    signal: AbortSignal,
  ): AsyncGenerator<ProviderEvent> {
    if (signal.aborted) throw abortError(signal);
    yield { type: 'thinking', text: `Next: ${calls.map(({ name }) => name).join(', ')}.` };
    // Counted through the conversation, so that no two calls of it have the same.
    const before = request.messages.length;
    for (const [index, { name, input }] of calls.entries()) yield { type: 'tool_use', id: `offline_${before}_${index}`, name, input };
    yield usageOf(request, JSON.stringify(calls));
    yield { type: 'stop', reason: 'tool_use', model: OFFLINE_MODEL };
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await sleep(ms, signal);
    } catch (error) {
      throw signal.aborted ? abortError(signal) : error;
    }
  }
}

/** A customer cannot set anything, so the setting is named only to who runs the program. */
function withoutSetup(text: string): string {
  return [englishPhrases, arabicPhrases].reduce(
    (shorter, { howToSet }) => shorter.replaceAll(` ${howToSet}`, '').replaceAll(`\n\n${howToSet}`, ''),
    text,
  );
}

function usageOf(request: ProviderRequest, written: string): ProviderEvent {
  return {
    type: 'usage',
    usage: {
      inputTokens: estimateRequest(request),
      outputTokens: estimateTokens(written),
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      estimated: true,
    },
  };
}
