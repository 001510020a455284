/** A request of ours in the words of the Messages API. Pure. */
import type Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import * as z from 'zod';
import type { SystemPart } from '#machines/session/built-context.ts';
import { blocksOf, type ContentBlock, type ProviderMessage } from '../content.ts';
import type { JsonSchema, ProviderRequest, ToolSpec } from '../provider.ts';

/** Five minutes, counted from the last time it was read. */
const CACHED = { cache_control: { type: 'ephemeral' } } as const;

/** The API made the block and reads it back, so nothing here checks it. */
const providerBlock = z.custom<Anthropic.ContentBlockParam>();

/** The least that the API takes as a budget for thinking. */
const LEAST_THINKING = 1_024;
/** Thinking tokens at which one effort ends and the next begins, for models that take no budget. */
const EFFORTS = [
  { below: 4_096, effort: 'low' },
  { below: 16_384, effort: 'medium' },
  { below: Number.POSITIVE_INFINITY, effort: 'high' },
] as const;

export function encodeRequest(request: ProviderRequest): Anthropic.MessageCreateParamsStreaming {
  const { tools = [], toolChoice, outputSchema } = request;
  const { thinking, effort } = thinkingFor(request);
  const output = {
    ...(effort === undefined ? {} : { effort }),
    ...(outputSchema === undefined ? {} : { format: { type: 'json_schema' as const, schema: strict(outputSchema) } }),
  };
  return {
    model: request.model,
    max_tokens: request.maxTokens,
    system: encodeSystem(request.system),
    messages: encodeMessages(request.messages, request.growing ?? false),
    ...(tools.length === 0 ? {} : { tools: encodeTools(tools, !request.system.some(({ cached }) => cached)) }),
    ...(tools.length > 0 && toolChoice === 'none' ? { tool_choice: { type: 'none' } } : {}),
    ...(thinking === undefined ? {} : { thinking }),
    ...(Object.keys(output).length === 0 ? {} : { output_config: output }),
    stream: true,
  };
}

/**
 * One cache mark covers everything before it, the tools included. A request may have four marks.
 */
function encodeSystem(parts: readonly SystemPart[]): Anthropic.TextBlockParam[] {
  const marked = parts.findLastIndex(({ cached }) => cached);
  return parts.map(({ text }, index) => ({ type: 'text', text, ...(index === marked ? CACHED : {}) }));
}

function encodeTools(tools: readonly ToolSpec[], cached: boolean): Anthropic.Tool[] {
  return tools.map(({ name, description, inputSchema }, index) => ({
    name,
    description,
    input_schema: { ...inputSchema, type: 'object' },
    ...(cached && index === tools.length - 1 ? CACHED : {}),
  }));
}

/** Marks the end of a growing conversation, so that the next request reads it from the cache. */
function encodeMessages(messages: readonly ProviderMessage[], growing: boolean): Anthropic.MessageParam[] {
  return messages.map((message, index) => {
    const marked = growing && index === messages.length - 1;
    if ('text' in message && message.attached === undefined && !marked) return { role: message.role, content: message.text };
    const blocks = blocksOf(message);
    return { role: message.role, content: blocks.map((block, at) => encodeBlock(block, marked && at === blocks.length - 1)) };
  });
}

function encodeBlock(block: ContentBlock, cached: boolean): Anthropic.ContentBlockParam {
  const mark = cached ? CACHED : {};
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text, ...mark };
    case 'image':
      return { type: 'image', source: { type: 'base64', media_type: block.mimeType, data: block.base64 }, ...mark };
    case 'pdf':
      return { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: block.base64 }, ...mark };
    case 'thinking':
      return { type: 'thinking', thinking: block.text, signature: block.signature };
    case 'redacted_thinking':
      return { type: 'redacted_thinking', data: block.data };
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: block.input, ...mark };
    case 'provider':
      return providerBlock.parse(block.block);
    case 'tool_result':
      return { type: 'tool_result', tool_use_id: block.toolUseId, content: block.text, is_error: block.isError, ...mark };
  }
}

function thinkingFor({ model, maxTokens, thinkingBudget }: ProviderRequest): {
  readonly thinking?: Anthropic.ThinkingConfigParam;
  readonly effort?: (typeof EFFORTS)[number]['effort'];
} {
  if (thinkingBudget === undefined) return {};
  if (!takesBudget(model)) {
    const effort = EFFORTS.find(({ below }) => thinkingBudget < below)?.effort ?? 'high';
    return { thinking: { type: 'adaptive', display: 'summarized' }, effort };
  }
  const budget = Math.min(Math.max(thinkingBudget, LEAST_THINKING), maxTokens - 1);
  return budget < LEAST_THINKING ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
}

/**
 * Models up to 4.5 take a budget and nothing else. Later models take an effort and refuse a budget.
 */
function takesBudget(model: string): boolean {
  const version = /^claude-(?:[a-z]+-)?(\d{1,2})(?:-(\d{1,2}))?(?:-|$)/.exec(model);
  if (version === null) return false;
  const [major, minor] = [Number(version[1]), Number(version[2] ?? 0)];
  return major < 4 || (major === 4 && minor <= 5);
}

/** The API accepts part of JSON Schema. The SDK turns the rest into instructions for the model. */
function strict(schema: JsonSchema): Record<string, unknown> {
  const copy: Parameters<typeof transformJSONSchema>[0] = JSON.parse(JSON.stringify(schema));
  const transformed = transformJSONSchema(copy);
  return typeof transformed === 'boolean' ? {} : { ...transformed };
}
