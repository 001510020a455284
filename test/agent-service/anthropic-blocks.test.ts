/**
 * Tools, thinking, caching and structured output in the wire format of the Messages API, through
 * the real SDK (A4).
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { estimateRequest } from '#agent-service/estimate.ts';
import type { ProviderEvent, ProviderRequest, ToolSpec } from '#agent-service/provider.ts';
import { TurnWriter } from '#agent-service/turn-writer.ts';
import { FakeMessagesApi } from '#test/fakes/messages-api.ts';
import { signatureOf } from '#test/fakes/messages-api-wire.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(async () => {
  await api.close();
});

const lookup: ToolSpec = {
  name: 'lookup',
  description: 'Looks a company up.',
  inputSchema: { type: 'object', properties: { symbol: { type: 'string' } }, required: ['symbol'] },
};
const request: ProviderRequest = {
  system: [{ text: 'You are kind.', cached: true }],
  messages: [{ role: 'user', text: 'hello' }],
  model: 'claude-sonnet-5-5',
  maxTokens: 8_192,
};

async function ask(changes: Partial<ProviderRequest> = {}) {
  const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 });
  const turn = new TurnWriter();
  const events: ProviderEvent[] = [];
  for await (const event of provider.stream({ ...request, ...changes }, new AbortController().signal)) {
    events.push(event);
    turn.add(event);
  }
  return { turn, events, body: api.requests.at(-1)?.body };
}

describe('files of the user', () => {
  const png = { type: 'image', mimeType: 'image/png', base64: 'iVBORw0K', tokens: 900 } as const;
  const pdf = { type: 'pdf', base64: 'JVBERi0x', tokens: 8_000 } as const;
  const attached = [
    { label: 'Attachment 1:', block: png },
    { label: 'Attachment 2:', block: pdf },
  ];

  it('stand before the text of their turn, each behind its label', async () => {
    const { body } = await ask({ messages: [{ role: 'user', text: 'What are they?', attached }] });
    expect(body?.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Attachment 1:' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0K' } },
          { type: 'text', text: 'Attachment 2:' },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0x' } },
          { type: 'text', text: 'What are they?' },
        ],
      },
    ]);
  });

  it('count in the estimate by which a budget is reserved, and their base64 does not', () => {
    const words = { role: 'user', text: 'What are they?' } as const;
    const labels = estimateRequest({ ...request, messages: [{ ...words, text: 'Attachment 1:\nAttachment 2:\nWhat are they?' }] });
    expect(estimateRequest({ ...request, messages: [{ ...words, attached }] })).toBe(labels + 8_900);
  });
});

describe('a turn with tools', () => {
  it('goes back word for word, thinking and its signatures included, with the results behind it', async () => {
    api.script((writer) =>
      writer
        .start()
        .thinking('Which ', 'one?')
        .redactedThinking('b3BhcXVl')
        .text('I look ', 'both up.')
        .toolUse('tu_1', 'lookup', '{"symbol":', '"AAPL"}')
        .toolUse('tu_2', 'lookup', '{"symbol":"MSFT"}')
        .end('tool_use'),
    );
    const { turn, events } = await ask({ tools: [lookup] });
    expect(turn.content).toEqual([
      { type: 'thinking', text: 'Which one?', signature: signatureOf('Which one?') },
      { type: 'redacted_thinking', data: 'b3BhcXVl' },
      { type: 'text', text: 'I look both up.' },
      { type: 'tool_use', id: 'tu_1', name: 'lookup', input: { symbol: 'AAPL' } },
      { type: 'tool_use', id: 'tu_2', name: 'lookup', input: { symbol: 'MSFT' } },
    ]);
    expect(events.at(-1)).toMatchObject({ reason: 'tool_use' });

    // The server refuses thinking that came back changed, and calls without their results.
    const { body } = await ask({
      tools: [lookup],
      messages: [
        ...request.messages,
        { role: 'assistant', content: turn.content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', toolUseId: 'tu_1', text: '{"price":1}', isError: false },
            { type: 'tool_result', toolUseId: 'tu_2', text: 'no such company', isError: true },
          ],
        },
      ],
      growing: true,
    });
    expect(body?.messages).toEqual([
      { role: 'user', content: 'hello' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Which one?', signature: signatureOf('Which one?') },
          { type: 'redacted_thinking', data: 'b3BhcXVl' },
          { type: 'text', text: 'I look both up.' },
          { type: 'tool_use', id: 'tu_1', name: 'lookup', input: { symbol: 'AAPL' } },
          { type: 'tool_use', id: 'tu_2', name: 'lookup', input: { symbol: 'MSFT' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'tu_1', content: '{"price":1}', is_error: false },
          { type: 'tool_result', tool_use_id: 'tu_2', content: 'no such company', is_error: true, cache_control: { type: 'ephemeral' } },
        ],
      },
    ]);
  });

  it('names the tools, and forbids them for this once', async () => {
    const { body } = await ask({ tools: [lookup], toolChoice: 'none' });
    expect(body).toMatchObject({
      tools: [{ name: 'lookup', description: 'Looks a company up.', input_schema: lookup.inputSchema }],
      tool_choice: { type: 'none' },
    });
  });

  it('that is cut off in the middle of a call says that it is too long', async () => {
    api.script((writer) => writer.start().toolUse('tu_1', 'lookup', '{"symbol":"AA').end('max_tokens'));
    const { events, turn } = await ask({ tools: [lookup] });
    expect(events.at(-1)).toMatchObject({ type: 'stop', reason: 'max_tokens' });
    expect(turn.calls).toEqual([]);
  });
});

describe('caching', () => {
  it('marks the end of what is the same for many: one mark for tools and system, one for the conversation', async () => {
    const system = [
      { text: 'A', cached: true },
      { text: 'B', cached: true },
      { text: 'C', cached: false },
    ];
    const { body } = await ask({ system, tools: [lookup], growing: true });
    const mark = { cache_control: { type: 'ephemeral' } };
    expect(body?.system).toEqual([
      { type: 'text', text: 'A' },
      { type: 'text', text: 'B', ...mark },
      { type: 'text', text: 'C' },
    ]);
    expect(JSON.stringify(body?.tools)).not.toContain('cache_control');
    expect(body?.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hello', ...mark }] }]);
  });

  it('marks the tools where no system prompt is the same for all', async () => {
    const { body } = await ask({ system: [{ text: 'C', cached: false }], tools: [lookup] });
    expect(body?.tools).toMatchObject([{ cache_control: { type: 'ephemeral' } }]);
  });
});

describe('thinking', () => {
  it.each([
    ['claude-sonnet-5-5', 2_000, { type: 'adaptive', display: 'summarized' }, { effort: 'low' }],
    ['claude-opus-4-8', 10_000, { type: 'adaptive', display: 'summarized' }, { effort: 'medium' }],
    ['claude-mythos-preview', 32_000, { type: 'adaptive', display: 'summarized' }, { effort: 'high' }],
    ['claude-haiku-4-5-20251001', 2_000, { type: 'enabled', budget_tokens: 2_000 }, undefined],
    ['claude-opus-4-5', 100, { type: 'enabled', budget_tokens: 1_024 }, undefined],
    ['claude-3-7-sonnet-20250219', 100_000, { type: 'enabled', budget_tokens: 8_191 }, undefined],
  ])('of %s with a budget of %i', async (model, thinkingBudget, thinking, output) => {
    const { body } = await ask({ model, thinkingBudget });
    expect(body?.thinking).toEqual(thinking);
    expect(body?.output_config).toEqual(output);
  });

  it('is left to the model without a budget, and left out where it would not fit', async () => {
    expect((await ask()).body).not.toHaveProperty('thinking');
    expect((await ask({ model: 'claude-haiku-4-5', thinkingBudget: 2_000, maxTokens: 1_024 })).body).not.toHaveProperty('thinking');
  });
});

it('structured output asks for the schema in the part of JSON Schema that the API takes', async () => {
  const schema = z.toJSONSchema(z.object({ name: z.string().max(5), tags: z.array(z.enum(['a', 'b'])) }));
  const { body } = await ask({ outputSchema: { ...JSON.parse(JSON.stringify(schema)) } });
  expect(body?.output_config?.format).toEqual({
    type: 'json_schema',
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'tags'],
      properties: {
        name: { type: 'string', description: '{maxLength: 5}' },
        tags: { type: 'array', items: { enum: ['a', 'b'] } },
      },
    },
  });
});

it('a refusal says what kind of thing was declined, and why', async () => {
  api.script((writer) => writer.start().text('I').end('refusal', {}, { type: 'refusal', category: 'cyber', explanation: 'no' }));
  expect((await ask()).events.at(-1)).toEqual({
    type: 'stop',
    reason: 'refusal',
    model: 'claude-sonnet-5-5',
    refusal: 'cyber',
    explanation: 'no',
  });
});
