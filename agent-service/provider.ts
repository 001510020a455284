/**
 * Port to a language model. A provider turns one request into one stream of events and keeps
 * nothing between requests. Runs, live streams and prompts are the callers' business.
 *
 * Failures are `Unavailable` (retryable) if the provider is overloaded, limits us, breaks or cannot
 * be reached, and `refused` (never retried) if it declines. A request whose signal was aborted ends
 * with an error named `AbortError`, never with a failure.
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
  /**
   * `none` means that the model knows the tools and may not call any now. With `auto`, the default,
   * the model decides and may call several at once.
   */
  readonly toolChoice?: 'auto' | 'none';
  /** About how many tokens the model may think for. If absent, the model decides. */
  readonly thinkingBudget?: number;
  /**
   * The answer must be JSON of this schema. The caller validates it, because a provider may only
   * try.
   */
  readonly outputSchema?: JsonSchema;
  /** The conversation up to its last message will be sent again, with more behind it. */
  readonly growing?: boolean;
  /** Workflow of the request. The offline model uses it, others ignore it. */
  readonly workflow?: string;
  /** Assistant whose conversation it is. The offline model uses it, others ignore it. */
  readonly assistant?: string;
  /**
   * The reader is on the program's own machine. The offline model then says how to connect a model.
   */
  readonly local?: boolean;
}

/**
 * Tokens of one request. Tokens read from or written to the provider's cache are not part of
 * `inputTokens`.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** True if `estimateTokens` counted and not the provider. */
  readonly estimated: boolean;
}

/**
 * Why a model stopped writing. `pause` means that the provider paused a long turn. The turn
 * continues if it is sent back. `other` is a reason that this program does not know.
 */
export const STOP_REASONS = ['end', 'max_tokens', 'stop_sequence', 'tool_use', 'pause', 'refusal', 'context_full', 'other'] as const;
export type StopReason = (typeof STOP_REASONS)[number];

export type ProviderEvent =
  /** Piece of thinking. Empty when a block of it begins. */
  | { readonly type: 'thinking'; readonly text: string }
  /**
   * The thinking since the last one is complete, and this is its signature. Empty if it has none.
   */
  | { readonly type: 'thinking_signed'; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown }
  /** A block that is sent back unchanged, such as the call of a tool that the provider runs. */
  | { readonly type: 'provider_block'; readonly block: Readonly<Record<string, unknown>> }
  /** Cumulative. A later one replaces an earlier one. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /**
   * Last event of every stream that succeeds. `model` is the one that answered. `refusal` is the
   * kind of what it declined, and `explanation` its reason, if it gives them.
   */
  | {
      readonly type: 'stop';
      readonly reason: StopReason;
      readonly model: string;
      readonly refusal?: string;
      readonly explanation?: string;
    };

export interface Provider {
  readonly name: string;
  /** Model to use if neither the configuration nor the assistant names one. */
  readonly defaultModel: string;
  /**
   * The request is made when the stream is first read. If the reader leaves the stream early, the
   * request is aborted.
   */
  stream(request: ProviderRequest, signal: AbortSignal): AsyncIterable<ProviderEvent>;
}

/**
 * The provider declined. The key is wrong, the request is invalid or the credit is used up. The
 * message has its words.
 */
export function refused(message: string, facts: Record<string, unknown> = {}, cause?: unknown): StatechatError {
  return new StatechatError('refused', message, { expose: false, facts, cause });
}

/** The request has more tokens than the model reads. A shorter one may succeed. */
export function contextFull(message: string, facts: Record<string, unknown> = {}, cause?: unknown): StatechatError {
  return new StatechatError('context_full', message, { expose: false, facts, cause });
}

/**
 * Error that a stream ends with if its signal was aborted. It is the caller's own reason if that is
 * an error of this kind.
 */
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
