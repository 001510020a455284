/**
 * The budget that pays for runs, the humans that allow their calls, and what the customer receives
 * if one of them denies.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { createActor, fromPromise, toPromise } from 'xstate';
import * as z from 'zod';
import type { Provider } from '#agent-service/provider.ts';
import type { InProcessAgentService } from '#agent-service/service.ts';
import { defineTool } from '#agent-service/tools.ts';
import { assistantRuns } from '#assistants/assistant-runs.ts';
import { companion } from '#assistants/companion/assistant.ts';
import { defineAssistant } from '#assistants/define-assistant.ts';
import { parseAddress } from '#machines/ids.ts';
import type { AnswerInput } from '#machines/session/runs.ts';
import { type AgentServiceParts, createAgentService } from '#src/agent-process/create-agent-service.ts';
import { ConfigError, readConfig } from '#src/config/config.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { invocation } from '#test/agent-service/generic-service.ts';
import { calls } from '#test/agent-service/run-fixtures.ts';
import { newId } from '#test/contracts/store-fixtures.ts';
import { FakeMessagesApi, says } from '#test/fakes/messages-api.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

/** A dollar for each thousand tokens that it writes. */
const PRICES = { STATECHAT_MODEL_PRICES: 'dear-1=0/1000/0/0', STATECHAT_BUDGET_SESSION_USD: '5' };

async function startService(settings: Readonly<Record<string, string>> = {}, parts: Partial<AgentServiceParts> = {}) {
  const api = await FakeMessagesApi.start();
  open.push(api);
  const costs: number[] = [];
  const config = readConfig({
    ANTHROPIC_API_KEY: 'test-key',
    ANTHROPIC_BASE_URL: api.url,
    ANTHROPIC_MODEL: 'dear-1',
    ...PRICES,
    ...settings,
  });
  const { ledger, approvals } = createMemoryStore();
  const service = createAgentService({
    config,
    assistants: [companion],
    ledger,
    approvals,
    now: Date.now,
    log: createLog({ level: 'silent' }),
    metrics: { cost: (cost) => costs.push(cost) },
    ...parts,
  });
  open.push(service);
  return { api, service, costs, ledger, approvals, config };
}

const input: AnswerInput = {
  address: 'web:default:v_1',
  assistant: 'companion',
  customer: {},
  locale: 'en',
  messages: [{ id: 'm1', role: 'customer', text: 'Well?', at: 1 }],
  intent: null,
  entities: {},
  preferences: {},
  run: 1,
  pending: 1,
  analysis: null,
};

async function answer(
  service: InProcessAgentService,
  {
    runId = 'r1',
    sessionId = newId(),
    locale = 'en',
    handOver = false,
    assistant = companion,
    ...given
  }: Partial<Omit<AnswerInput, 'assistant'>> & {
    runId?: string;
    sessionId?: ReturnType<typeof newId>;
    handOver?: boolean;
    assistant?: typeof companion;
  } = {},
) {
  const context = invocation({ runId, sessionId, address: parseAddress(input.address) });
  const runs = assistantRuns(assistant, { service, files: createMemoryStore().files, contextOf: () => context, now: () => 9, handOver });
  const actor = createActor(fromPromise(runs.answer), { input: { ...input, assistant: assistant.name, locale, ...given } });
  actor.subscribe({ error: () => undefined });
  return toPromise(actor.start());
}

it('an answer is charged, and says what it cost', async () => {
  const { api, service, costs } = await startService();
  api.script(says(['Yes.'], { end: { output_tokens: 1_000 } }));
  expect(await answer(service)).toMatchObject({ text: 'Yes.', at: 9, usage: { tokensOut: 1_000, costMicros: 1_000_000 } });
  expect(costs).toEqual([1_000_000]);
});

it('where a budget is spent the customer hears so, in their language, and nobody is asked', async () => {
  const { api, service } = await startService();
  const sessionId = newId();
  api.script(says(['Yes.'], { end: { output_tokens: 2_000 } }));
  await answer(service, { sessionId });
  for (const [handOver, escalate] of [
    [false, undefined],
    [true, { reason: expect.stringContaining('$2.0000 of $5.0000') }],
  ] as const) {
    const refused = await answer(service, { sessionId, runId: `r-${handOver}`, locale: 'ar', handOver });
    expect(refused.text).toContain('بلغتُ الحد المسموح لي به في هذه المحادثة.');
    expect(refused.escalate).toEqual(escalate);
  }
  expect(api.requests).toHaveLength(1);
});

it('runs side by side cannot spend more than there is', async () => {
  const { api, service } = await startService();
  const sessionId = newId();
  api.script(...Array.from({ length: 5 }, () => says(['Yes.'], { end: { output_tokens: 10 } })));
  const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((runId) => answer(service, { sessionId, runId })));
  // Each may cost 4.096 of the 5 dollars.
  expect(answers.filter(({ text }) => text === 'Yes.')).toHaveLength(1);
  expect(api.requests).toHaveLength(1);
});

describe('a tool that has a price', () => {
  const made: string[] = [];
  const fetch = defineTool({
    name: 'fetch',
    description: 'Fetches.',
    input: z.object({ symbol: z.string() }),
    priceUsd: 2,
    run: async ({ symbol }) => {
      made.push(symbol);
      if (symbol === 'X') throw new Error('no such company');
      return 'It is fine.';
    },
  });
  const assistant = defineAssistant({ name: 'fetcher', prompt: 'You fetch.', tools: [fetch] });
  const both = calls(['fetch', { symbol: 'A' }], ['fetch', { symbol: 'X' }]);

  it('is charged with the models, whatever comes of the call, and the session counts it', async () => {
    const { api, service, costs } = await startService({ STATECHAT_BUDGET_SESSION_USD: '20' }, { assistants: [assistant] });
    api.script(both, says(['Yes.'], { end: { output_tokens: 1_000 } }));
    const { text, usage } = await answer(service, { assistant });
    expect(text).toBe('Yes.');
    expect(usage?.costMicros).toBe(costs.reduce((sum, cost) => sum + cost, 0));
    expect(costs.filter((cost) => cost === 2_000_000)).toHaveLength(2);
    expect(usage).toMatchObject({ toolCalls: 2 });
  });

  it('is not called where the budget does not allow it, and the customer reads so', async () => {
    made.length = 0;
    const { api, service, costs } = await startService({ STATECHAT_TOOL_PRICES: 'fetch=6' }, { assistants: [assistant] });
    api.script(calls(['fetch', { symbol: 'A' }]));
    const refused = await answer(service, { assistant, handOver: true });
    expect(refused).toMatchObject({
      text: expect.stringMatching(/^I have reached the limit of what I may do in this conversation/),
      escalate: { reason: expect.stringContaining('$6.0000 requested') },
      usage: { costMicros: costs[0], toolCalls: 1 },
    });
    expect(made).toEqual([]);
    expect(costs).toHaveLength(1);
    expect(api.requests).toHaveLength(1);
  });

  it('that does not exist here stops the start', async () => {
    await expect(startService({ STATECHAT_TOOL_PRICES: 'fetsh=1' }, { assistants: [assistant] })).rejects.toThrow(
      /STATECHAT_TOOL_PRICES.*no tool "fetsh"\. There are: fetch/,
    );
  });

  it('must have one that can be paid', () => {
    for (const priceUsd of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => defineTool({ name: 'a', description: 'b', input: z.object({}), priceUsd, run: async () => 1 })).toThrow(/cannot cost/);
  });
});

it('a model without a price stops the start; one that was handed in is paid for elsewhere', async () => {
  await expect(startService({ STATECHAT_MODEL_PRICES: '' })).rejects.toThrow(ConfigError);
  const given: Provider = {
    name: 'given',
    defaultModel: 'unheard-of',
    async *stream() {
      yield { type: 'text', text: 'Free.' };
      yield { type: 'stop', reason: 'end', model: 'unheard-of' };
    },
  };
  const { service, costs } = await startService({}, { provider: given });
  expect(await answer(service)).toMatchObject({ text: 'Free.', usage: { costMicros: 0 } });
  expect(costs).toEqual([]);
});

it('a tool that a human has to allow waits for them, and is called once', async () => {
  const paid: string[] = [];
  const refund = defineTool({
    name: 'refund',
    description: 'Pays money back.',
    input: z.object({ order: z.string() }),
    run: async ({ order }) => {
      paid.push(order);
      return 'paid';
    },
  });
  const cashier = defineAssistant({
    name: 'cashier',
    prompt: 'You pay back.',
    maxTokens: 100,
    tools: [refund],
    approvals: { refund: [{ role: 'supervisor' }] },
  });
  const { api, service, approvals } = await startService({}, { assistants: [companion, cashier] });
  api.script(calls(['refund', { order: 'A-7' }]), says(['It is on its way.']));
  const sessionId = newId();
  const made = answer(service, { sessionId, assistant: cashier });
  await expect.poll(async () => (await approvals.open(10)).items).toMatchObject([{ sessionId, tool: 'refund', shown: { order: 'A-7' } }]);
  expect(paid).toEqual([]);
  const [{ id } = { id: '' }] = (await approvals.open(10)).items;
  expect(await approvals.decide(id, { agent: 'ann', role: 'agent' }, true, null)).toMatchObject({ ok: false });
  expect(await approvals.decide(id, { agent: 'sue', role: 'supervisor' }, true, null)).toMatchObject({ ok: true });
  expect(await made).toMatchObject({ text: 'It is on its way.', usage: { toolCalls: 1 } });
  expect(paid).toEqual(['A-7']);
  // A request that does not come from this assistant waits for the same humans.
  for (const session of [null, { address: input.address, assistant: 'companion', locale: 'en' }]) {
    const params = { ...input, instructions: 'You pay back.', tools: ['refund'] };
    api.script(calls(['refund', { order: 'A-8' }]));
    const { runId } = await service.start({ sessionId, workflowType: 'conversation', params: JSON.parse(JSON.stringify(params)), session });
    await expect
      .poll(async () => (await approvals.open(10)).items.filter(({ shown }) => JSON.stringify(shown).includes('A-8')).length)
      .toBe(session === null ? 1 : 2);
    await service.stop(runId);
  }
  expect(paid).toEqual(['A-7']);
  api.requests.splice(2);
  // The tool is offered to this assistant alone.
  api.script(says(['Hello.']));
  await answer(service, { runId: 'r2' });
  expect(api.requests.map(({ body }) => body.tools?.length ?? 0)).toEqual([1, 1, 0]);
});

it('a session whose assistant is not known here is not answered: its hooks and guards would be missing', async () => {
  const { api, service } = await startService();
  const stranger = defineAssistant({ name: 'stranger', prompt: 'You are careful.' });
  await expect(answer(service, { assistant: stranger })).rejects.toThrow('There is no assistant "stranger" here');
  expect(api.requests).toEqual([]);
});
