/**
 * Events of a run (A3). All of it is JSON without secrets, because it goes to browsers, logs and
 * journals. The schema is the wire format between processes, and a reader validates what it
 * receives.
 */
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import { emojiToSend } from '#machines/session/emoji.ts';
import { shownCard } from '#machines/session/runs.ts';
import { STOP_REASONS, type Usage } from './provider.ts';

const json: z.ZodType<Json> = z.json();
const count = z.number().int().min(0);

const usage = z
  .object({ inputTokens: count, outputTokens: count, cacheReadTokens: count, cacheWriteTokens: count, estimated: z.boolean() })
  .readonly() satisfies z.ZodType<Usage>;
const stopReason = z.enum(STOP_REASONS);

/**
 * Why a run was stopped. `asked` means that a caller stopped it, which is final. `unheard` means
 * that it had no reader. `closing` means that the service ends. After the latter two the run itself
 * is still wanted.
 */
const stopCause = z.enum(['asked', 'unheard', 'closing']);
export type StopCause = z.infer<typeof stopCause>;

export const runEvent = z.discriminatedUnion('type', [
  /** The first one. */
  z.object({ type: z.literal('connected'), sessionId: z.string(), runId: z.string(), workflow: z.string(), model: z.string() }).readonly(),
  /** Piece of the model's thinking. Empty when it begins to think. */
  z.object({ type: z.literal('thinking'), turn: count, text: z.string() }).readonly(),
  /**
   * Piece of text. `offset` is the length of this turn's text before it, in UTF-16 units. What came
   * behind it before no longer counts, because a request broke off and is repeated. 0 starts the
   * text over, which each turn does, because text before a tool call is no part of the answer.
   */
  z.object({ type: z.literal('chunk'), turn: count, offset: count, text: z.string() }).readonly(),
  /** The model calls a tool. `input` is what the tool is given. */
  z.object({ type: z.literal('tool'), turn: count, id: z.string(), name: z.string(), input: json }).readonly(),
  /**
   * Result as the model reads it. `ms` is the duration. `cached` means that it came from a cache.
   * `costMicros` is the price of a tool that has one.
   */
  z
    .object({
      type: z.literal('tool_result'),
      turn: count,
      id: z.string(),
      name: z.string(),
      ok: z.boolean(),
      text: z.string(),
      ms: z.number(),
      cached: z.literal(true).exactOptional(),
      costMicros: z.number().exactOptional(),
    })
    .readonly(),
  /** A tool made a file. */
  z
    .object({ type: z.literal('report'), name: z.string(), mimeType: z.string(), base64: z.string(), caption: z.string().optional() })
    .readonly(),
  /** A tool shows a card. It follows the answer, and its text stands above it. */
  shownCard.safeExtend({ type: z.literal('card') }).readonly(),
  /** A tool reacts to the customer's message. The last one of a run counts. */
  z.object({ type: z.literal('reaction'), emoji: emojiToSend }).readonly(),
  /**
   * Usage of one request, with our estimate of its input and its cost in micro-dollars, and the
   * tokens of the run so far.
   */
  z
    .object({
      type: z.literal('usage'),
      turn: count,
      model: z.string(),
      usage,
      estimatedInput: count,
      costMicros: z.number(),
      total: usage,
    })
    .readonly(),
  /** Older messages went in as a summary. Counts are of messages and tokens. */
  z.object({ type: z.literal('compacted'), messages: count, tokensBefore: count, tokensAfter: count }).readonly(),
  /**
   * Last event of a run that succeeded. `output` is the validated value of a run with structured
   * output. `costMicros` are millionths of a dollar.
   */
  z
    .object({
      type: z.literal('complete'),
      text: z.string(),
      output: json.exactOptional(),
      stop: stopReason,
      model: z.string(),
      turns: count,
      usage,
      costMicros: z.number(),
    })
    .readonly(),
  /**
   * Last event of a run that failed. `code` is the error's code. `stopped` says why a run was
   * aborted. `reason` is for the operator, not for the customer. `usage` and `costMicros` count the
   * run until then, including the request that was cut short.
   */
  z
    .object({
      type: z.literal('error'),
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      reason: z.string().exactOptional(),
      stopped: stopCause.exactOptional(),
      usage: usage.exactOptional(),
      costMicros: z.number().exactOptional(),
    })
    .readonly(),
]);

export type RunEvent = z.output<typeof runEvent>;

/** Last event of a run. */
export function isLast({ type }: RunEvent): boolean {
  return type === 'complete' || type === 'error';
}

export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: false };

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    estimated: a.estimated || b.estimated,
  };
}
