/**
 * Run of the agent service as a session's invocation. `answer`, `analyse` and `summarise` share it.
 *
 * Owns one run from its start at the service to its outcome, and what is published of it live.
 * Does not own the run itself (the service), sending the final text (an effect of the turn that
 * takes the outcome), leases (the host), whether the outcome is still wanted (the machine drops a
 * late one by its token).
 *
 * Invariants
 * 1. After the signal is aborted, nothing is published or drafted but the end of the run. The
 *    service receives a stop, unless the run continues there for another process of ours.
 * 2. An attempt after a crash of this process finds the run if the service knows it. The run is not
 *    made, nor paid for, twice.
 * 3. If the service died and forgot the run, or stopped it by itself, the run is requested again,
 *    at most `MAX_LOST` times, and then fails. A run that a caller stopped on purpose stays
 *    stopped.
 * 4. A run either resolves to a visible text, or rejects. If the request has words for a failure,
 *    they take the place of everything that was shown of an answer.
 * 5. Usage of a run without an outcome is reported to the session once (run-spending.ts).
 */
import type { AnyActorRef } from 'xstate';
import type { InvocationContext } from '#actors/contract/api.ts';
import type { LiveEvent } from '#actors/contract/live-events.ts';
import type { Draft, DraftOptions } from '#channels/port.ts';
import type { Json } from '#machines/definition.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { FileRef } from '#machines/session/files.ts';
import type { ShownCard, ToolCallRecord } from '#machines/session/runs.ts';
import type { RunUsage } from '#machines/session/usage.ts';
import { isVisible } from '#machines/text.ts';
import type { Files } from '#storage/files.ts';
import { CallRecords } from './call-records.ts';
import type { RunEvent } from './events.ts';
import { handOver, handOverReason } from './hand-over.ts';
import { keepReport } from './keep-report.ts';
import { LiveText } from './live-text.ts';
import type { EarlierAnalysis } from './memory/earlier-analyses.ts';
import { abortError } from './provider.ts';
import { RunSpending, remembering, type Spent } from './run-spending.ts';
import type { AgentService } from './service.ts';

/** What `fromPromise` hands to its function, as far as a run needs it. */
export interface InvocationArgs {
  readonly self: AnyActorRef;
  readonly system: AnyActorRef['system'];
  readonly signal: AbortSignal;
}

export interface SessionRunParts {
  readonly service: AgentService;
  readonly contextOf: (args: InvocationArgs) => InvocationContext;
  /** Undefined if the channel does not show partial answers, or the client pulls them live. */
  readonly openDraft?: (address: Address, options: DraftOptions) => Draft | undefined;
  /** Where files are kept that runs make. */
  readonly files: Pick<Files, 'put'>;
  readonly now: () => number;
  /** Called with the usage of a run that no outcome reports, so that the session counts it. */
  readonly spent?: (sessionId: SessionId, spent: Spent) => Promise<void>;
  /** Called if a run could not be stopped at the service. */
  readonly onError?: (where: string, error: unknown) => void;
}

export interface SessionRunRequest {
  readonly workflow: string;
  readonly params: Json;
  /** What gates, hooks and tools may know of the session. Never shown to the model. */
  readonly session: Json;
  /** See `StartRequest`. */
  readonly earlier?: readonly EarlierAnalysis[];
  /** The run is not shown to anyone. */
  readonly quiet?: boolean;
  /** Called with each phase as it begins. */
  readonly onPhase?: (phase: RunPhase) => void;
  /**
   * Called with the failure of a run that is still wanted. Without it, the run rejects with the
   * failure. It is not called again after it gave other params.
   */
  readonly onFailure?: (failure: RunFailure) => FailureRemedy | undefined;
}

export interface RunFailure {
  readonly error: StatechatError;
  /** Calls of tools that the run made. */
  readonly toolCalls: number;
  /** True if the run was made with other params already. */
  readonly again: boolean;
}

/** Params to make the run with once more, or what the customer reads in place of an answer. */
export type FailureRemedy = { readonly params: Json } | { readonly text: string };

export type RunPhase = 'thinking' | 'tool' | 'writing';

export interface SessionRunOutcome {
  readonly text: string;
  readonly output?: Json;
  /** Provider's id of the message that showed the partial text. It becomes the final one. */
  readonly draft: string | null;
  /** In the order in which they were made, and kept. */
  readonly files: FileRef[];
  /** In the order in which tools showed them. */
  readonly cards: ShownCard[];
  /** The last one. */
  readonly reaction?: string;
  /**
   * Counters for the session. `tokensIn` is all input, cached or not. `cacheHits` are the
   * provider's and those of tools.
   */
  readonly usage: RunUsage;
  /** For the journal. */
  readonly calls?: ToolCallRecord[];
  /** Provider's tokens for one of our estimate. Absent if the provider did not count the input. */
  readonly tokenRatio?: number;
  /** Null if no model answered. */
  readonly model: string | null;
  /** Why the model hands over to a human, if it does (hand-over.ts). */
  readonly handOver?: string;
  /** Why `text` replaces an answer. */
  readonly failure?: StatechatError;
}

/**
 * How long a stopped run may take to report its usage, in milliseconds. Its request is cut, and
 * paid for.
 */
const LAST_WORD_MS = 10_000;
/** How often a run is requested again from a service that forgot it. */
const MAX_LOST = 3;

/**
 * Rejects with an `AbortError` if it is stopped, with a `StatechatError` of the code and the
 * message of the run's `error` event, its `reason` among the facts, or with what the service
 * throws.
 */
export async function sessionRun(parts: SessionRunParts, args: InvocationArgs, request: SessionRunRequest): Promise<SessionRunOutcome> {
  const { signal } = args;
  const context = remembering(parts.contextOf(args));
  if (signal.aborted) throw abortError(signal);
  const publish = (phase: Extract<LiveEvent, { type: 'run' }>['phase']): void => {
    if (!request.quiet) context.publish({ type: 'run', runId: context.runId, phase });
  };
  publish(context.attempt > 1 ? 'restarted' : 'started');
  const live = request.quiet ? undefined : new LiveText(context, signal, (options) => parts.openDraft?.(context.address, options));
  let phase: RunPhase | undefined;
  const enter = (next: RunPhase): void => {
    if (next === phase) return;
    phase = next;
    publish(next);
    request.onPhase?.(next);
  };
  const { onError = () => {}, spent = async () => {} } = parts;
  const spending = new RunSpending(context, (one) =>
    spent(context.sessionId, one).catch((error: unknown) => onError('counting a run', error)),
  );
  let failure: unknown;
  let asked = request;
  try {
    for (let lost = 0; ; ) {
      try {
        return await follow(parts, context, asked, signal, live, enter, spending);
      } catch (error) {
        if (isForgotten(error) && lost < MAX_LOST && !signal.aborted) lost += 1;
        else {
          const remedy = remedyOf(error, asked, { signal, again: asked !== request, toolCalls: spending.usage.toolCalls });
          if (remedy === undefined) {
            failure = error;
            break;
          }
          if ('text' in remedy) return await instead(remedy, live, spending.usage);
          asked = { ...request, params: remedy.params };
        }
        phase = undefined;
        publish('restarted');
      }
    }
  } finally {
    await live?.close();
    publish('ended');
  }
  // Another process takes it over, and finds its outcome.
  if (!(signal.aborted && parts.service.outlives && context.released())) {
    if (signal.aborted) await hearOut(parts.service, context.runId, spending);
    await spending.settle();
  }
  throw failure;
}

function remedyOf(
  error: unknown,
  { onFailure }: SessionRunRequest,
  { signal, ...facts }: Omit<RunFailure, 'error'> & { readonly signal: AbortSignal },
): (FailureRemedy & { readonly error: StatechatError }) | undefined {
  if (signal.aborted || !(error instanceof StatechatError)) return undefined;
  const remedy = onFailure?.({ error, ...facts });
  return remedy && { ...remedy, error };
}

/** The outcome of a run that failed, if the customer reads something in place of an answer. */
async function instead(
  { text, error }: { readonly text: string; readonly error: StatechatError },
  live: LiveText | undefined,
  usage: RunUsage,
): Promise<SessionRunOutcome> {
  const final = (await live?.complete(text, false)) ?? text;
  return { text: final, draft: live?.draft ?? null, files: [], cards: [], usage, model: null, failure: error };
}

/** A stopped run still reports its usage. Only the session's counters wait for it. */
async function hearOut(service: AgentService, runId: string, spending: RunSpending): Promise<void> {
  const { read } = spending;
  if (read === undefined) return;
  try {
    for await (const item of service.stream({ runId }, { after: read, signal: AbortSignal.timeout(LAST_WORD_MS) }))
      if (!('gap' in item)) spending.count(item);
  } catch {
    // Usage received until then is all that is known.
  }
}

async function follow(
  { service, files, now, onError = () => {} }: SessionRunParts,
  { sessionId, runId, released }: InvocationContext,
  { workflow, params, session, earlier = [] }: SessionRunRequest,
  signal: AbortSignal,
  live: LiveText | undefined,
  enter: (phase: RunPhase) => void,
  spending: RunSpending,
): Promise<SessionRunOutcome> {
  const stop = (): void => {
    // Another process takes it over, and what was made until then is paid for.
    if (service.outlives && released()) return;
    service.stop(runId, released() ? 'closing' : 'asked').catch((error: unknown) => onError('stopping a run', error));
  };
  signal.addEventListener('abort', stop, { once: true });
  let ratio = Number.NaN;
  let handingOver: string | undefined;
  let handedOver: string | undefined;
  const kept: FileRef[] = [];
  const cards: ShownCard[] = [];
  let reaction: string | undefined;
  const calls = new CallRecords();
  try {
    const { after } = await service.start({
      sessionId,
      workflowType: workflow,
      params,
      runId,
      session,
      ...(earlier.length === 0 ? {} : { earlier }),
    });
    await spending.begins(after);
    if (signal.aborted) stop();
    for await (const item of service.stream({ runId }, { after, signal })) {
      // A human may have taken over since. No more text is sent, even if the service is slow to
      // stop.
      if (signal.aborted) break;
      if ('gap' in item) continue;
      const { event } = item;
      spending.count(item);
      calls.note(event);
      if (event.type === 'thinking') enter('thinking');
      else if (event.type === 'chunk') live?.add(event, () => enter('writing'));
      else if (event.type === 'tool') {
        enter('tool');
        if (event.name === handOver.spec.name) handingOver = handOverReason(event.input);
      } else if (event.type === 'tool_result' && event.name === handOver.spec.name && event.ok) handedOver = handingOver;
      else if (event.type === 'report') {
        kept.push(await keepReport(files, { sessionId, runId, number: kept.length + 1, at: now() }, event, signal));
      } else if (event.type === 'card') cards.push({ text: event.text, card: event.card });
      else if (event.type === 'reaction') reaction = event.emoji;
      else if (event.type === 'usage') ratio = ratioOf(event);
      else if (event.type === 'error') throw failed(event);
      else if (event.type === 'complete') {
        const made = {
          ...(await outcome(event, live, spending.usage, ratio)),
          files: kept,
          cards,
          ...(reaction === undefined ? {} : { reaction }),
          ...(spending.usage.toolCalls === 0 ? {} : { calls: calls.list() }),
          ...(handedOver === undefined ? {} : { handOver: handedOver }),
        };
        if (signal.aborted) break;
        return made;
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) throw abortError(signal);
  throw new Unavailable('The model ended its answer without saying that it was complete. Try again.');
}

async function outcome(
  { text, output, stop, usage, model }: Extract<RunEvent, { type: 'complete' }>,
  live: LiveText | undefined,
  counted: RunUsage,
  ratio: number,
): Promise<Omit<SessionRunOutcome, 'files' | 'cards' | 'reaction' | 'calls'>> {
  if (!isVisible(text)) throw new StatechatError('no_text', 'The model answered with no text.', { retryable: true });
  const final = (await live?.complete(text, stop === 'max_tokens' || stop === 'context_full')) ?? text.trim();
  return {
    text: final,
    ...(output === undefined ? {} : { output }),
    draft: live?.draft ?? null,
    usage: { ...counted, cacheHits: counted.cacheHits + (usage.cacheReadTokens > 0 ? 1 : 0) },
    ...(Number.isFinite(ratio) && ratio > 0 ? { tokenRatio: ratio } : {}),
    model,
  };
}

function ratioOf({ usage, estimatedInput }: Extract<RunEvent, { type: 'usage' }>): number {
  if (usage.estimated) return Number.NaN;
  return (usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens) / Math.max(1, estimatedInput);
}

function failed({ code, message, retryable, reason, stopped }: Extract<RunEvent, { type: 'error' }>): StatechatError {
  const facts = { ...(reason === undefined ? {} : { reason }), ...(stopped === undefined ? {} : { stopped }) };
  // The journal keeps a cause and no facts.
  return new StatechatError(code, message, { retryable, facts, cause: reason });
}

/**
 * The service died, is about to end, or saw no reader. A run that it stopped for that is still
 * wanted. A run that a caller stopped is not.
 */
function isForgotten(error: unknown): boolean {
  if (!(error instanceof StatechatError)) return false;
  return error.code === 'not_found' || (error.code === 'stopped' && error.facts.stopped !== 'asked');
}
