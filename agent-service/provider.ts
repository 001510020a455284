/**
 * The port to a language model. A provider turns one request into one stream of events; it keeps nothing between
 * requests. Runs, live streams and prompts are the callers' business.
 *
 * Failures: `Unavailable` (retryable) when the provider is overloaded, limits us, breaks or cannot be reached;
 * `refused` (never retried) when it says no. A request whose signal was aborted ends with an error named
 * `AbortError`, never with a failure.
 */
import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { SystemPart } from '#machines/session/built-context.ts';
import type { ProviderMessage } from './content.ts';

/** As zod writes it (`z.toJSONSchema`). */
export type JsonSchema = { readonly [key: string]: Json | undefined };

/** A tool as the model sees it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** Of type `object`. */
  readonly inputSchema: JsonSchema;
}

export interface ProviderRequest {
  readonly system: readonly SystemPart[];
  readonly messages: readonly ProviderMessage[];
  readonly model: string;
  /** The most that the model may write, thinking included. */
  readonly maxTokens: number;
  readonly tools?: readonly ToolSpec[];
  /** `none`: the tools are known, and none may be called now. Default `auto`: the model decides, several at once included. */
  readonly toolChoice?: 'auto' | 'none';
  /** About how many tokens the model may think for. Absent: as the model does by itself. */
  readonly thinkingBudget?: number;
  /** The answer must be JSON of this schema. It still has to be checked: a provider may only try. */
  readonly outputSchema?: JsonSchema;
  /** The conversation up to its last message will be sent again, with more behind it. */
  readonly growing?: boolean;
  /** The workflow that asks. For the offline model; others pass it over. */
  readonly workflow?: string;
}

/** Tokens of one request. What was read from or written to the provider's cache is not part of `inputTokens`. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** True: counted by `estimateTokens`, not by the provider. */
  readonly estimated: boolean;
}

export type StopReason = 'end' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'refusal' | 'context_full' | 'other';

export type ProviderEvent =
  /** A piece of thinking; empty when a block of it begins. */
  | { readonly type: 'thinking'; readonly text: string }
  /** The thinking since the last one is complete, and this is its signature; empty if it has none. */
  | { readonly type: 'thinking_signed'; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown }
  /** Cumulative: a later one replaces an earlier one. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The last event of every stream that succeeds. `model` is the one that answered; `refusal` the kind of what it declined, if it says. */
  | { readonly type: 'stop'; readonly reason: StopReason; readonly model: string; readonly refusal?: string };

export interface Provider {
  readonly name: string;
  /** What is asked when neither the configuration nor the assistant names a model. */
  readonly defaultModel: string;
  /** The request is made when the stream is first read. Leaving the stream early aborts the request. */
  stream(request: ProviderRequest, signal: AbortSignal): AsyncIterable<ProviderEvent>;
}

/** The provider said no: a wrong key, a request that it does not take, no credit. Its words are in the message. */
export function refused(message: string, facts: Record<string, unknown> = {}, cause?: unknown): StatechatError {
  return new StatechatError('refused', message, { expose: false, facts, cause });
}

/** What a stream ends with when its signal was aborted: the caller's own reason if that is an error of this kind. */
export function abortError(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  if (isAbort(reason)) return reason;
  const error = new Error('The run was stopped.', { cause: reason });
  error.name = 'AbortError';
  return error;
}

function isAbort(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AbortError';
}
