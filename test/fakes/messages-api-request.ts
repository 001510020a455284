/** Requests of the Messages API, with their shape and the rules by which it refuses them. */
import * as z from 'zod';
import { signatureOf } from './messages-api-wire.ts';

const cacheControl = z.strictObject({ type: z.literal('ephemeral') }).optional();
const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1), cache_control: cacheControl });
/** The API takes an image of 5 MB in base64. */
const base64 = z.base64().max(5_242_880);
const image = z.strictObject({
  type: z.literal('image'),
  source: z.strictObject({
    type: z.literal('base64'),
    media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
    data: base64,
  }),
  cache_control: cacheControl,
});
const document = z.strictObject({
  type: z.literal('document'),
  source: z.strictObject({ type: z.literal('base64'), media_type: z.literal('application/pdf'), data: z.base64() }),
  cache_control: cacheControl,
});
const block = z.discriminatedUnion('type', [
  text,
  image,
  document,
  z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.strictObject({ type: z.literal('redacted_thinking'), data: z.string().min(1) }),
  z.strictObject({
    type: z.literal('tool_use'),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
    cache_control: cacheControl,
  }),
  z.looseObject({
    type: z.literal('server_tool_use'),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.string(),
    is_error: z.boolean(),
    cache_control: cacheControl,
  }),
]);
const tool = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().min(1),
  input_schema: z.looseObject({ type: z.literal('object') }),
  cache_control: cacheControl,
});

/** A turn that continues is no prefill, since it contains a tool of the API itself. */
function isPaused(content: string | readonly { readonly type: string }[] = ''): boolean {
  return typeof content !== 'string' && content.some(({ type }) => type === 'server_tool_use');
}

export const requestBody = z
  .strictObject({
    model: z.string().min(1),
    max_tokens: z.number().int().positive(),
    stream: z.literal(true),
    system: z.array(text).optional(),
    messages: z
      .array(z.strictObject({ role: z.enum(['user', 'assistant']), content: z.union([z.string().min(1), z.array(block).min(1)]) }))
      .min(1),
    tools: z.array(tool).min(1).optional(),
    tool_choice: z.strictObject({ type: z.enum(['auto', 'none']) }).optional(),
    thinking: z
      .union([
        z.strictObject({ type: z.literal('enabled'), budget_tokens: z.number().int().min(1_024) }),
        z.strictObject({ type: z.literal('adaptive'), display: z.enum(['summarized', 'omitted']).optional() }),
      ])
      .optional(),
    output_config: z
      .strictObject({
        effort: z.enum(['low', 'medium', 'high']).optional(),
        format: z
          .strictObject({
            type: z.literal('json_schema'),
            schema: z.looseObject({ type: z.literal('object'), additionalProperties: z.literal(false) }),
          })
          .optional(),
      })
      .optional(),
  })
  .superRefine((body, context) => {
    const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
    if ((JSON.stringify(body).match(/"cache_control":\{/g) ?? []).length > 4)
      refuse('A maximum of 4 blocks with cache_control may be provided.');
    if (body.thinking?.type === 'enabled' && body.thinking.budget_tokens >= body.max_tokens) {
      refuse('`max_tokens` must be greater than `thinking.budget_tokens`.');
    }
    if (body.messages[0]?.role !== 'user') refuse('messages: first message must use the "user" role');
    if (body.messages.at(-1)?.role !== 'user' && !isPaused(body.messages.at(-1)?.content))
      refuse('messages: this model does not support prefill');
    let open: string[] = [];
    for (const { role, content } of body.messages) {
      const blocks = typeof content === 'string' ? [] : content;
      const answered = blocks.flatMap((one) => (one.type === 'tool_result' ? [one.tool_use_id] : []));
      if (open.some((id) => !answered.includes(id))) refuse('`tool_use` ids were found without `tool_result` blocks immediately after');
      if (answered.some((id) => !open.includes(id))) refuse('unexpected `tool_use_id` found in `tool_result` blocks');
      open = role === 'assistant' ? blocks.flatMap((one) => (one.type === 'tool_use' ? [one.id] : [])) : [];
      if (role === 'assistant' && blocks.some(({ type }) => type === 'image' || type === 'document'))
        refuse('messages: image and document blocks are only allowed in user turns');
      for (const one of blocks) {
        if (one.type === 'thinking' && one.signature !== signatureOf(one.thinking)) refuse('Invalid `signature` in `thinking` block');
      }
      if (open.length > 0 && body.tools === undefined) refuse('`tools` are required when messages contain tool_use');
    }
    if (open.length > 0) refuse('`tool_use` ids were found without `tool_result` blocks immediately after');
  });
