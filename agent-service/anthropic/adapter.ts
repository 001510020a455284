/**
 * Provider for the Anthropic Messages API, through the official SDK. All settings are options.
 * Neither this file nor the SDK reads a key, an address or a model from the environment.
 *
 * The adapter adds two limits to the SDK. The SDK times a request only until the answer begins, so
 * the adapter ends a stream that goes silent (`idleTimeoutMs`). The SDK waits as long as
 * `retry-after` says, even for hours, so the adapter ends the run with a retryable error after
 * `maxRetryWaitMs`.
 */
import type Anthropic from '@anthropic-ai/sdk';
import { Unavailable } from '#machines/errors.ts';
import { abortError, type Provider, type ProviderEvent, type ProviderRequest, type StopReason, type Usage } from '../provider.ts';
import {
  checkKey,
  decodeEvent,
  decodeProviderBlock,
  decodeStopReason,
  decodeToolInput,
  decodeUsage,
  isProviderBlock,
  type WireBlock,
} from './decode.ts';
import { encodeRequest } from './encode.ts';

/**
 * Newest model of the middle size in the SDK's own list (its type `Model`). It is fast enough for a
 * chat.
 */
export const DEFAULT_MODEL = 'claude-sonnet-5-5' satisfies Anthropic.Model;

export interface AnthropicOptions {
  readonly apiKey: string;
  /** Default is the public API. */
  readonly baseUrl?: string;
  /** Default `DEFAULT_MODEL`. */
  readonly model?: string;
  /**
   * Retries by the SDK of a request that failed before its answer began, with growing pauses.
   * Default 2.
   */
  readonly maxRetries?: number;
  /** Milliseconds until the answer must have begun, for each attempt. Default 60,000. */
  readonly timeoutMs?: number;
  /**
   * Longest silence of an answer that has begun, in milliseconds. Default 120,000, because models
   * may think for long.
   */
  readonly idleTimeoutMs?: number;
  /**
   * Longest `retry-after` that a request waits for, in milliseconds. Default 20,000, because a
   * customer is waiting.
   */
  readonly maxRetryWaitMs?: number;
}

/** What of the SDK a request needs. */
interface Sdk {
  readonly client: Anthropic;
  readonly failure: (error: unknown) => Error;
}

export function createAnthropicProvider(options: AnthropicOptions): Provider {
  const sdk = openSdk({ ...options, apiKey: checkKey(options.apiKey) });
  // Requests throw it.
  sdk.catch(() => {});
  const idleTimeoutMs = options.idleTimeoutMs ?? 120_000;
  return {
    name: 'anthropic',
    defaultModel: options.model ?? DEFAULT_MODEL,
    stream: (request, signal) => answer(sdk, request, signal, idleTimeoutMs),
  };
}

/**
 * Loads the SDK, beside the rest of a start. Its modules are a tenth of what a program loads, and a
 * program without a key needs none of them.
 */
async function openSdk(options: AnthropicOptions): Promise<Sdk> {
  const [{ default: Anthropic }, { failure, retryAfter }] = await Promise.all([import('@anthropic-ai/sdk'), import('./failure.ts')]);
  const maxRetryWaitMs = options.maxRetryWaitMs ?? 20_000;
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? null,
    maxRetries: options.maxRetries ?? 2,
    timeout: options.timeoutMs ?? 60_000,
    // The SDK's log would hold customers' words. Errors are thrown, and the caller that catches
    // them logs them.
    logLevel: 'off',
    openTelemetry: { propagation: false },
    middleware: [
      async (request, next) => {
        const response = await next(request);
        return !response.ok && (retryAfter(response.headers) ?? 0) > maxRetryWaitMs ? withoutRetry(response) : response;
      },
    ],
  });
  return { client, failure };
}

async function* answer(
  sdk: Promise<Sdk>,
  request: ProviderRequest,
  signal: AbortSignal,
  idleTimeoutMs: number,
): AsyncGenerator<ProviderEvent> {
  if (signal.aborted) throw abortError(signal);
  let model = request.model;
  let usage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: false };
  let reason: StopReason = 'other';
  let refusal: string | undefined;
  let explanation: string | undefined;
  const tools = new Map<number, { readonly id: string; readonly name: string; json: string }>();
  /** Blocks of kinds that only the provider understands. A paused turn is sent back with them. */
  const others = new Map<number, { readonly block: WireBlock; json: string }>();
  const signatures = new Map<number, string>();
  let unreadable: Error | undefined;

  for await (const wire of wireEvents(await sdk, request, signal, idleTimeoutMs)) {
    const event = decodeEvent(wire);
    switch (event?.type) {
      case 'message_start':
        model = event.message.model;
        usage = decodeUsage(event.message.usage, usage);
        yield { type: 'usage', usage };
        break;
      case 'content_block_start': {
        const { type, id, name, text, thinking, signature, data } = event.content_block;
        if (type === 'tool_use' && id !== undefined && name !== undefined) tools.set(event.index, { id, name, json: '' });
        if (type === 'thinking') {
          signatures.set(event.index, signature ?? '');
          yield { type: 'thinking', text: thinking ?? '' };
        }
        if (type === 'redacted_thinking') {
          yield { type: 'thinking', text: '' };
          if (data !== undefined) yield { type: 'redacted_thinking', data };
        }
        if (type === 'text' && text) yield { type: 'text', text };
        if (isProviderBlock(event.content_block)) others.set(event.index, { block: event.content_block, json: '' });
        break;
      }
      case 'content_block_delta': {
        const { type, text, thinking, signature, partial_json: json } = event.delta;
        const tool = tools.get(event.index) ?? others.get(event.index);
        if (type === 'text_delta' && text) yield { type: 'text', text };
        if (type === 'thinking_delta' && thinking) yield { type: 'thinking', text: thinking };
        if (type === 'signature_delta' && signature) signatures.set(event.index, (signatures.get(event.index) ?? '') + signature);
        if (type === 'input_json_delta' && tool && json) tool.json += json;
        break;
      }
      case 'content_block_stop': {
        const tool = tools.get(event.index);
        const signature = signatures.get(event.index);
        if (signature !== undefined) yield { type: 'thinking_signed', signature };
        const other = others.get(event.index);
        if (other) yield { type: 'provider_block', block: decodeProviderBlock(other.block, other.json) };
        if (!tool) break;
        const input = decodeToolInput(tool.name, tool.json);
        if (input instanceof Error) unreadable = input;
        else yield { type: 'tool_use', id: tool.id, name: tool.name, input };
        break;
      }
      case 'message_delta':
        if (event.delta.stop_reason) reason = decodeStopReason(event.delta.stop_reason);
        refusal = event.delta.stop_details?.category ?? refusal;
        explanation = event.delta.stop_details?.explanation ?? explanation;
        usage = decodeUsage(event.usage, usage);
        yield { type: 'usage', usage };
        break;
      case 'message_stop':
        // When the time limit ends a call, the abort reason names the limit, because the stream is
        // not at fault.
        if (unreadable !== undefined && reason !== 'max_tokens') throw unreadable;
        yield {
          type: 'stop',
          reason,
          model,
          ...(refusal === undefined ? {} : { refusal }),
          ...(explanation === undefined ? {} : { explanation }),
        };
        return;
      case undefined:
        break;
    }
  }
  // The SDK ends a stream quietly when the connection closes between two events.
  throw new Unavailable('The Anthropic API ended its answer before it was complete. Try again.', { provider: 'anthropic' });
}

/** The SDK's events as they come. Throws what `failure` makes of the SDK's errors, or an abort. */
async function* wireEvents(sdk: Sdk, request: ProviderRequest, signal: AbortSignal, idleTimeoutMs: number): AsyncGenerator<unknown> {
  const idle = new AbortController();
  const events = await open(sdk, request, signal, idle.signal);
  try {
    for (;;) {
      const silence = setTimeout(() => idle.abort(), idleTimeoutMs);
      let step: IteratorResult<unknown>;
      try {
        step = await events.next();
      } catch (error) {
        throw signal.aborted ? abortError(signal) : sdk.failure(error);
      } finally {
        clearTimeout(silence);
      }
      // An aborted stream of the SDK just ends.
      if (signal.aborted) throw abortError(signal);
      if (idle.signal.aborted) {
        throw new Unavailable(`The Anthropic API was silent for ${idleTimeoutMs / 1_000} s in the middle of its answer. Try again.`, {
          idleTimeoutMs,
        });
      }
      if (step.done) return;
      yield step.value;
    }
  } finally {
    // If the reader leaves, the request is aborted.
    await events.return?.();
  }
}

async function open(
  { client, failure }: Sdk,
  request: ProviderRequest,
  signal: AbortSignal,
  idle: AbortSignal,
): Promise<AsyncIterator<unknown>> {
  try {
    const stream = await client.messages.create(encodeRequest(request), { signal: AbortSignal.any([signal, idle]) });
    return stream[Symbol.asyncIterator]();
  } catch (error) {
    throw signal.aborted ? abortError(signal) : failure(error);
  }
}

/** Copy of an answer with the header that keeps the SDK from retrying. */
function withoutRetry(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set('x-should-retry', 'false');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
