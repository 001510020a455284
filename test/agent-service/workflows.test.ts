/** The registry of workflows, and the ones that any assistant has a use for (A2). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { framed, PARAMS } from '#agent-service/data-frame.ts';
import { conversation, extractWorkflow } from '#agent-service/generic-workflows.ts';
import { type RunResult, run } from '#agent-service/loop.ts';
import { summarize } from '#agent-service/memory/summarize.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import type { Provider } from '#agent-service/provider.ts';
import { defineTool } from '#agent-service/tools.ts';
import { defineWorkflow, type Workflow, Workflows } from '#agent-service/workflows.ts';
import { FakeMessagesApi, says } from '#test/fakes/messages-api.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(async () => {
  await api.close();
});

function go(
  workflow: Workflow,
  params: unknown,
  provider: Provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 }),
): Promise<RunResult> {
  return run(
    { provider },
    { ...workflow.plan(params), sessionId: 's', runId: 'r', session: null },
    new AbortController().signal,
    () => undefined,
  );
}
const offline = () => createOfflineProvider({ delayMs: 0, plans: new Workflows([conversation(), summarize]).offlinePlans });

const quote = defineTool({ name: 'quote', description: 'A price.', input: z.object({ symbol: z.string() }), run: async () => 1 });

describe('a workflow', () => {
  const sentiment = defineWorkflow({
    name: 'sentiment',
    params: z.object({ symbol: z.string().regex(/^[A-Z]{1,5}$/), days: z.number().default(7) }),
    model: 'claude-opus-5-5',
    maxTokens: 2_000,
    thinkingBudget: 5_000,
    tools: [quote],
    // `symbol` and `days` have the types of the schema here.
    prompt: ({ symbol, days }) => ({
      system: [{ text: 'You weigh moods.', cached: true }],
      messages: [{ role: 'user', text: `${symbol.toLowerCase()} over ${days.toFixed(0)} days ${framed(PARAMS, { symbol })}` }],
    }),
  });

  it('is data that says how its runs go', async () => {
    await go(sentiment, { symbol: 'AAPL' });
    expect(api.requests[0]?.body).toMatchObject({
      model: 'claude-opus-5-5',
      max_tokens: 2_000,
      output_config: { effort: 'medium' },
      tools: [{ name: 'quote' }],
      messages: [{ content: [{ text: 'aapl over 7 days <params>{"symbol":"AAPL"}</params>' }] }],
    });
  });

  it('takes no wrong params', () => {
    expect(() => sentiment.plan({ symbol: 'apple' })).toThrow(/params of "sentiment".*symbol/s);
  });

  it('is found by its name, and what is not there says what is', () => {
    const workflows = new Workflows([sentiment, summarize]);
    expect(workflows.get('sentiment')).toBe(sentiment);
    expect(() => workflows.get('toString')).toThrow('There are: sentiment, summarize.');
    expect(() => new Workflows([sentiment, sentiment])).toThrow('same name');
    expect(() =>
      defineWorkflow({ name: 'x', params: z.null(), tools: [quote, quote], prompt: () => ({ system: [], messages: [] }) }),
    ).toThrow('two tools');
    expect(() => defineWorkflow({ name: 'A b', params: z.null(), prompt: () => ({ system: [], messages: [] }) })).toThrow('lower case');
  });

  it.each([
    [{ tools: [quote] }, 8],
    [{ output: z.object({}) }, 2],
    [{}, 1],
    [{ tools: [quote], maxTurns: 3 }, 3],
  ])('has as many turns as it needs: %#', (options, turns) => {
    const workflow = defineWorkflow({ name: 'x', params: z.null(), prompt: () => ({ system: [], messages: [] }), ...options });
    expect(workflow.plan(null).maxTurns).toBe(turns);
  });
});

describe('conversation', () => {
  const params = {
    assistant: 'companion',
    instructions: 'You are kind.',
    customer: { name: 'Sara' },
    messages: [{ role: 'customer', text: 'hello', at: 1 }],
  };
  it('asks with the assistant’s instructions and the customer’s words as what they are', async () => {
    await go(conversation([quote]), { ...params, tools: ['quote'], maxTokens: 77, model: 'claude-other' });
    expect(api.requests[0]?.body).toMatchObject({
      model: 'claude-other',
      max_tokens: 77,
      tools: [{ name: 'quote' }],
      system: [{ text: expect.stringMatching(/^You are kind\./) }, { text: '<customer_data>{"name":"Sara"}</customer_data>' }],
      messages: [{ role: 'user', content: [{ text: 'hello' }] }],
    });
  });
  it('works offline', async () => {
    expect((await go(conversation(), params, offline())).text).toContain('Hello! How can I help you?');
  });
});

it('a caller of the service reads any values of a customer by `extract`, with those of before as data apart (A2)', async () => {
  api.script(says([JSON.stringify({ values: [{ name: 'city', value: 'Cairo', message: 1 }] })]));
  const { output } = await go(extractWorkflow, {
    messages: [
      { role: 'assistant', text: 'Where do you live?' },
      { role: 'customer', text: 'In Cairo' },
    ],
    known: { messages: 'a value by the name of another', city: 'Giza' },
  });
  expect(output).toEqual({ values: [{ name: 'city', value: 'Cairo', message: 1 }] });
  const prompt = JSON.stringify(api.requests[0]?.body);
  expect(prompt).toContain('In Cairo');
  expect(prompt).toContain('a value by the name of another');
});
