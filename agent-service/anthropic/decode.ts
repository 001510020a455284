/**
 * Events of a Messages API stream, validated where they arrive. The SDK types them but does not
 * validate them. Unknown kinds of events and blocks are skipped, because the API adds kinds without
 * notice.
 */
import type Anthropic from '@anthropic-ai/sdk';
import * as z from 'zod';
import { Unavailable } from '#machines/errors.ts';
import { refused, type StopReason, type Usage } from '../provider.ts';

const tokens = z.number().int().nonnegative();
const maybeTokens = tokens.nullish();
const usage = z.looseObject({
  input_tokens: maybeTokens,
  output_tokens: maybeTokens,
  cache_read_input_tokens: maybeTokens,
  cache_creation_input_tokens: maybeTokens,
});
const index = z.number().int().nonnegative();

const schemas = {
  message_start: z.looseObject({ type: z.literal('message_start'), message: z.looseObject({ model: z.string(), usage }) }),
  content_block_start: z.looseObject({
    type: z.literal('content_block_start'),
    index,
    content_block: z.looseObject({
      type: z.string(),
      id: z.string().optional(),
      name: z.string().optional(),
      text: z.string().optional(),
      thinking: z.string().optional(),
      signature: z.string().optional(),
      data: z.string().optional(),
    }),
  }),
  content_block_delta: z.looseObject({
    type: z.literal('content_block_delta'),
    index,
    delta: z.looseObject({
      type: z.string(),
      text: z.string().optional(),
      thinking: z.string().optional(),
      signature: z.string().optional(),
      partial_json: z.string().optional(),
    }),
  }),
  content_block_stop: z.looseObject({ type: z.literal('content_block_stop'), index }),
  message_delta: z.looseObject({
    type: z.literal('message_delta'),
    delta: z.looseObject({
      stop_reason: z.string().nullish(),
      stop_details: z.looseObject({ category: z.string().nullish(), explanation: z.string().nullish() }).nullish().catch(undefined),
    }),
    usage: usage.nullish(),
  }),
  message_stop: z.looseObject({ type: z.literal('message_stop') }),
};

const known = z.discriminatedUnion('type', [
  schemas.message_start,
  schemas.content_block_start,
  schemas.content_block_delta,
  schemas.content_block_stop,
  schemas.message_delta,
  schemas.message_stop,
]);
export type WireEvent = z.infer<typeof known>;

const anyEvent = z.looseObject({ type: z.string() });

/**
 * Undefined for an unknown kind of event. Throws `Unavailable` for a known kind in a wrong shape.
 */
export function decodeEvent(event: unknown): WireEvent | undefined {
  const typed = anyEvent.safeParse(event);
  if (typed.success && !Object.hasOwn(schemas, typed.data.type)) return undefined;
  const result = known.safeParse(event);
  if (result.success) return result.data;
  const kind = typed.success ? typed.data.type : 'no type';
  throw new Unavailable(`The Anthropic API sent an event that cannot be read (${kind}). Try again.`, { event: kind }, result.error);
}

/**
 * Input of a tool call. It arrives as pieces of one JSON text. An empty text means no arguments.
 * Returns an error if the text is no JSON.
 */
export function decodeToolInput(name: string, json: string): unknown {
  if (json.trim() === '') return {};
  try {
    return JSON.parse(json);
  } catch (error) {
    return new Unavailable(`The model called the tool "${name}" with arguments that are not JSON. Try again.`, { tool: name }, error);
  }
}

/** `before` is the usage so far. Later figures are cumulative, and absent ones keep their value. */
export function decodeUsage(wire: z.infer<typeof usage> | null | undefined, before: Usage): Usage {
  return {
    inputTokens: wire?.input_tokens ?? before.inputTokens,
    outputTokens: wire?.output_tokens ?? before.outputTokens,
    cacheReadTokens: wire?.cache_read_input_tokens ?? before.cacheReadTokens,
    cacheWriteTokens: wire?.cache_creation_input_tokens ?? before.cacheWriteTokens,
    estimated: false,
  };
}

/**
 * Every reason of the SDK. A reason that a later SDK adds does not compile until it is decided
 * here. docs/reference/agent-service.md says what follows from each.
 */
const REASONS: Readonly<Record<Anthropic.StopReason, StopReason>> = {
  end_turn: 'end',
  max_tokens: 'max_tokens',
  stop_sequence: 'stop_sequence',
  tool_use: 'tool_use',
  pause_turn: 'pause',
  refusal: 'refusal',
  model_context_window_exceeded: 'context_full',
};

/** The API may send a reason that the SDK does not know yet. */
export function decodeStopReason(reason: string): StopReason {
  return new Map<string, StopReason>(Object.entries(REASONS)).get(reason) ?? 'other';
}

export type WireBlock = Extract<WireEvent, { type: 'content_block_start' }>['content_block'];
const DECODED_BLOCKS: ReadonlySet<string> = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use']);

/** Whether only the provider understands the block. */
export function isProviderBlock({ type }: WireBlock): boolean {
  return !DECODED_BLOCKS.has(type);
}

/**
 * The block as it is sent back. `json` is the input that arrived after its start, in pieces. A
 * broken input is left out, because the provider would refuse the block with it.
 */
export function decodeProviderBlock(block: WireBlock, json: string): Readonly<Record<string, unknown>> {
  if (json === '') return block;
  const input = decodeToolInput(block.name ?? block.type, json);
  return input instanceof Error ? block : { ...block, input };
}

/**
 * Validates the key before it goes into a header. An invalid character would fail later as a
 * connection error.
 */
export function checkKey(key: string): string {
  if (!/^[\x21-\x7e]+$/.test(key))
    throw refused('The Anthropic API key is empty or contains spaces or other characters that no key has. Check ANTHROPIC_API_KEY.');
  return key;
}
