/**
 * One run for a human agent, from its start to its text. It is no invocation of a session's
 * machine, so it has no lease and is not taken over. A caller who still wants it asks again.
 *
 * Invariant: what the run used is reported once, also if it fails or is stopped.
 */
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { AssistRequest } from '#machines/session/assist.ts';
import { MAX_TEXT } from '#machines/session/events.ts';
import type { RunUsage } from '#machines/session/usage.ts';
import { clip, isVisible } from '#machines/text.ts';
import type { RunEvent } from '../events.ts';
import { abortError, type Usage } from '../provider.ts';
import type { AgentService } from '../service.ts';

export interface AssistRunOptions {
  readonly sessionId: string;
  /** A run of this name that is under way or complete is not made again. */
  readonly runId: string;
  readonly request: AssistRequest;
  /** Stops the run. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the whole text so far. */
  readonly onText?: ((text: string) => void) | undefined;
  /**
   * Called at the end with what the run used. `id` names this attempt of the run. It is the same
   * for all callers who wait for it, and another one if a run that failed is made again.
   */
  readonly onUsage: (usage: RunUsage, id: string) => void;
}

export interface AssistOutcome {
  readonly text: string;
  /** Name of the model that wrote it. */
  readonly model: string;
}

/** How long a stopped run may take to report its usage, in milliseconds. */
const LAST_WORD_MS = 10_000;

/**
 * Rejects with an `AbortError` if it is stopped, with a `StatechatError` of the run's `error`, or
 * with what the service throws.
 */
export async function assistRun(service: AgentService, options: AssistRunOptions): Promise<AssistOutcome> {
  const { sessionId, runId, request, signal, onText = () => {}, onUsage } = options;
  const { workflow, params, session } = request;
  signal?.throwIfAborted();
  const { after } = await service.start({ sessionId, workflowType: workflow, params, session, runId });
  const reading = new AbortController();
  let lastWord: NodeJS.Timeout | undefined;
  const stop = (): void => {
    service.stop(runId).catch(() => undefined);
    // The stream goes on, because its end has what the run used.
    lastWord ??= setTimeout(() => reading.abort(), LAST_WORD_MS);
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  let written = '';
  let usage: RunUsage | undefined;
  try {
    for await (const item of service.stream({ runId }, { after, signal: reading.signal })) {
      if ('gap' in item) continue;
      const { event } = item;
      usage = usedBy(event) ?? usage;
      if (event.type === 'chunk' && event.offset <= written.length) {
        written = written.slice(0, event.offset) + event.text;
        if (!signal?.aborted && isVisible(written)) onText(clip(written.trimStart(), MAX_TEXT));
      }
      if (event.type === 'error') {
        if (signal?.aborted) break;
        throw new StatechatError(event.code, event.message, { retryable: event.retryable, cause: event.reason });
      }
      if (event.type === 'complete') {
        if (signal?.aborted) break;
        if (!isVisible(event.text)) throw new StatechatError('no_text', 'The model answered with no text.', { retryable: true });
        return { text: clip(event.text.trim(), MAX_TEXT), model: event.model };
      }
    }
  } finally {
    clearTimeout(lastWord);
    signal?.removeEventListener('abort', stop);
    if (usage !== undefined) onUsage(usage, `${runId}:${after}`);
  }
  if (signal?.aborted) throw abortError(signal);
  throw new Unavailable('The model ended without saying that it was complete. Try again.');
}

/** What the run has used until this event. Undefined for an event that does not say. */
function usedBy(event: RunEvent): RunUsage | undefined {
  if (event.type === 'usage') return counted(event.total, event.costMicros);
  if (event.type === 'complete') return counted(event.usage, event.costMicros);
  return event.type === 'error' && event.usage !== undefined ? counted(event.usage, event.costMicros ?? 0) : undefined;
}

function counted({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage, costMicros: number): RunUsage {
  return {
    tokensIn: inputTokens + cacheReadTokens + cacheWriteTokens,
    tokensOut: outputTokens,
    costMicros,
    toolCalls: 0,
    cacheHits: cacheReadTokens > 0 ? 1 : 0,
  };
}
