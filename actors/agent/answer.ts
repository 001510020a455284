/**
 * The run that answers a customer: the implementation of the promise `answer` that session machines invoke.
 *
 * Owns: one answer from its prompt to its text, what of it is shown live, and the draft in the customer's channel.
 * Does not own: sending the final text (an effect of the turn that hears the outcome), leases (the host), repeating requests (the
 * provider's SDK: what fails after that is told to the machine, which apologises to the customer),
 * whether the answer is still wanted (the machine: a late outcome is dropped by its token).
 *
 * Invariants
 * 1. Nothing is published or drafted once the signal is aborted, except that the run has ended.
 * 2. Deltas are contiguous: the offset of each is the length of all before it in this attempt.
 * 3. An attempt begins its text anew: `restarted`, then a delta of offset 0. It goes on with the draft of the attempt before.
 * 4. A run either resolves to text that is not blank, or rejects.
 */
import type { AnyActorRef } from 'xstate';
import * as z from 'zod';
import type { InvocationContext, LiveEvent } from '#actors/api.ts';
import type { Draft, DraftOptions } from '#channels/port.ts';
import type { Json } from '#machines/definition.ts';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import { MAX_TEXT } from '#machines/session/events.ts';
import { estimateTokens } from '#machines/tokens.ts';
import { clip } from './clip.ts';
import { estimateRequest } from './estimate.ts';
import { buildContext } from './memory/context.ts';
import { answerInput } from './prompt.ts';
import { abortError, type Provider, type ProviderRequest, type StopReason, type Usage } from './provider.ts';

/** What an assistant says about its answers. */
export interface AssistantVoice {
  readonly prompt: string;
  /** Default: the provider's. */
  readonly model?: string;
  /** Default: the service's. */
  readonly maxTokens?: number;
}

/** What `fromPromise` hands to its function, as far as a run needs it. */
export interface InvocationArgs {
  readonly input: unknown;
  readonly self: AnyActorRef;
  readonly system: AnyActorRef['system'];
  readonly signal: AbortSignal;
}

export interface AnswerOptions {
  readonly provider: Provider;
  readonly contextOf: (args: InvocationArgs) => InvocationContext;
  /** By the id of the assistant; undefined: there is no such assistant. */
  readonly voiceOf: (assistant: string) => AssistantVoice | undefined;
  /** Undefined where the channel does not show an answer in the making, or the client pulls it live. */
  readonly openDraft?: (address: Address, options: DraftOptions) => Draft | undefined;
  /** The time in milliseconds since the epoch. Given: the model is told today's date, and the output when it was done. */
  readonly now?: () => number;
  /** Tokens that an answer may take, the model's thinking included. Default 4,096: some 3,000 English words. */
  readonly maxTokens?: number;
  /** UTF-16 units of an answer, whatever the model does; the rest is cut off. Default `MAX_TEXT`, the longest that a session takes. */
  readonly maxText?: number;
}

/** JSON: it becomes an event of the machine. */
export interface AnswerOutput {
  readonly text: string;
  /** The provider's id of the message that showed the answer in the making: to be turned into the final one. */
  readonly draft: string | null;
  /** When it was done; absent without a clock. */
  readonly at?: number;
  /** What the session counts. `tokensIn` is all that went in, from the cache or not. */
  readonly usage: { readonly tokensIn: number; readonly tokensOut: number; readonly cacheHits: number };
  /** The provider's tokens for one of our estimate; absent where it did not count what it was told. */
  readonly tokenRatio?: number;
  /** The same in the provider's terms, for prices and statistics. */
  readonly tokens: Usage;
  readonly model: string;
}

/** Ends a text that was cut off. */
const ELLIPSIS = '…';

/** The run as a plain function: give it to `fromPromise` with the types that the machine declares for its invocation. */
export function answerRun(options: AnswerOptions): (args: InvocationArgs) => Promise<AnswerOutput> {
  // Async: a function that is not could answer at once, and its session would wait for that.
  return async (args) => run(options, options.contextOf(args), args.input, args.signal);
}

async function run(options: AnswerOptions, context: InvocationContext, input: unknown, signal: AbortSignal): Promise<AnswerOutput> {
  if (signal.aborted) throw abortError(signal);
  const phase = (name: Extract<LiveEvent, { type: 'run' }>['phase']): void =>
    context.publish({ type: 'run', runId: context.runId, phase: name });
  phase(context.attempt > 1 ? 'restarted' : 'started');
  try {
    return await write(options, context, requestFor(options, input), signal, phase);
  } finally {
    phase('ended');
  }
}

function requestFor({ provider, voiceOf, now, maxTokens = 4_096 }: AnswerOptions, input: unknown): ProviderRequest {
  const parsed = answerInput.safeParse(input);
  if (!parsed.success) throw new InvalidInput(`The input of a run cannot be read: ${z.prettifyError(parsed.error)}`, {}, parsed.error);
  const { assistant } = parsed.data;
  const voice = voiceOf(assistant);
  if (voice === undefined) throw new InvalidInput(`There is no assistant "${assistant}". Register it, or end its sessions.`, { assistant });
  const { system, messages } = buildContext(parsed.data, { prompt: voice.prompt, now: now?.() });
  return {
    system,
    messages,
    model: voice.model ?? provider.defaultModel,
    maxTokens: voice.maxTokens ?? maxTokens,
  };
}

async function write(
  { provider, openDraft, now, maxText = MAX_TEXT }: AnswerOptions,
  context: InvocationContext,
  request: ProviderRequest,
  signal: AbortSignal,
  phase: (name: 'thinking' | 'writing') => void,
): Promise<AnswerOutput> {
  let shown = draftRef(context.progress);
  const remember = (ref: string | null | undefined): void => {
    if (!ref || ref === shown) return;
    shown = ref;
    // Best effort: without it a restarted attempt shows a second draft, and the answer is the same.
    context.saveProgress({ draft: ref }).catch(() => undefined);
  };
  const draft = openDraft?.(context.address, {
    signal,
    ...(shown === null ? {} : { resume: shown }),
    onShown: remember,
  });
  let text = '';
  let thinking = false;
  let usage: Usage | undefined;
  let stopped: { readonly reason: StopReason; readonly model: string } | undefined;
  const add = (piece: string): void => {
    if (text === '') phase('writing');
    context.publish({ type: 'delta', runId: context.runId, offset: text.length, text: piece });
    text += piece;
    draft?.update(text);
  };

  try {
    for await (const event of provider.stream(request, signal)) {
      // A human may have taken over since: not one more word, even from a provider that is slow to stop.
      if (signal.aborted) throw abortError(signal);
      if (event.type === 'text') {
        const piece = text === '' ? event.text.trimStart() : event.text;
        const room = maxText - ELLIPSIS.length - text.length;
        if (piece.length > room) {
          add(clip(piece, room) + ELLIPSIS);
          stopped = { reason: 'max_tokens', model: request.model };
          // The provider counts what it wrote only at the end, which nobody hears now.
          usage = undefined;
          break;
        }
        if (piece !== '') add(piece);
      } else if (event.type === 'thinking') {
        if (!thinking) phase('thinking');
        thinking = true;
      } else if (event.type === 'usage') {
        usage = event.usage;
      } else if (event.type === 'tool_use') {
        throw new StatechatError('unknown_tool', `The model called the tool "${event.name}", which this run does not offer.`, {
          facts: { tool: event.name },
        });
      } else if (event.type === 'stop') {
        stopped = event;
      }
    }
    if (signal.aborted) throw abortError(signal);
    check(stopped, text, request);
    if (stopped.reason === 'max_tokens' && !text.endsWith(ELLIPSIS)) add(ELLIPSIS);
  } catch (error) {
    // What was shown stays known, so that the next attempt writes over it instead of beside it.
    remember(await draft?.close());
    throw error;
  }
  remember(await draft?.close());
  if (signal.aborted) throw abortError(signal);
  const guess = estimated(request, text);
  const tokens = usage ?? guess;
  const tokensIn = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
  return {
    text: text.trimEnd(),
    draft: shown,
    ...(now === undefined ? {} : { at: now() }),
    usage: {
      tokensIn,
      tokensOut: tokens.outputTokens,
      cacheHits: tokens.cacheReadTokens > 0 ? 1 : 0,
    },
    ...(tokens.estimated || tokensIn === 0 ? {} : { tokenRatio: tokensIn / Math.max(1, guess.inputTokens) }),
    tokens,
    model: stopped.model,
  };
}

/** Throws unless the stream came to an end with something to say. */
function check(
  stopped: { readonly reason: StopReason } | undefined,
  text: string,
  request: ProviderRequest,
): asserts stopped is { readonly reason: StopReason; readonly model: string } {
  if (stopped === undefined) throw new Unavailable('The model ended its answer without saying that it was complete. Try again.');
  if (stopped.reason === 'refusal')
    throw new StatechatError('model_refused', 'The model declined to answer this conversation.', { facts: { model: request.model } });
  if (text.trim() !== '') return;
  if (stopped.reason === 'max_tokens') {
    throw new StatechatError(
      'no_text',
      `The model used up its ${request.maxTokens} tokens before it wrote anything. Raise maxTokens of the assistant.`,
      {
        facts: { maxTokens: request.maxTokens },
      },
    );
  }
  throw new StatechatError('no_text', 'The model answered with no text.', { retryable: true, facts: { reason: stopped.reason } });
}

function estimated(request: ProviderRequest, text: string): Usage {
  return {
    inputTokens: estimateRequest(request),
    outputTokens: estimateTokens(text),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    estimated: true,
  };
}

const progress = z.looseObject({ draft: z.string() });

function draftRef(saved: Json): string | null {
  const result = progress.safeParse(saved);
  return result.success ? result.data.draft : null;
}
