import { describe, expect, test } from 'vitest';
import type { BudgetGate, PlannedCall, Verdict } from '#actors/agent/budget/gate.ts';
import { paidProvider } from '#actors/agent/budget/paid-provider.ts';
import type { Provider, ProviderEvent, ProviderRequest, Usage } from '#actors/agent/provider.ts';

const REQUEST: ProviderRequest = {
  system: [{ text: 'Be kind.', cached: true }],
  messages: [{ role: 'user', text: 'Good morning, how are you today?' }],
  model: 'm-1',
  maxTokens: 50,
};
const FINAL: Usage = { inputTokens: 20, outputTokens: 9, cacheReadTokens: 5, cacheWriteTokens: 1, estimated: false };
const BEGINNING: Usage = { ...FINAL, outputTokens: 1 };

class FakeGate implements BudgetGate {
  readonly planned: PlannedCall[] = [];
  readonly charged: Usage[] = [];
  readonly verdict: Verdict;

  constructor(verdict: Verdict = { permit: { id: 'p' } }) {
    this.verdict = verdict;
  }

  async beforeCall(call: PlannedCall): Promise<Verdict> {
    this.planned.push(call);
    return this.verdict;
  }

  async afterCall(_: { readonly id: string }, { usage }: { readonly usage: Usage }): Promise<void> {
    this.charged.push(usage);
  }
}

function model(events: readonly ProviderEvent[], fails?: Error): Provider & { readonly asked: ProviderRequest[] } {
  const asked: ProviderRequest[] = [];
  return {
    name: 'fake',
    defaultModel: 'm-1',
    asked,
    async *stream(request) {
      asked.push(request);
      yield* events;
      if (fails) throw fails;
    },
  };
}

async function read(provider: Provider, most = 99): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = [];
  for await (const event of provider.stream(REQUEST, new AbortController().signal)) {
    events.push(event);
    if (events.length === most) break;
  }
  return events;
}

const ANSWER: ProviderEvent[] = [
  { type: 'usage', usage: BEGINNING },
  { type: 'text', text: 'I am well, thank you. And how are you?' },
  { type: 'usage', usage: FINAL },
  { type: 'stop', reason: 'end', model: 'm-1' },
];

describe('a provider that is paid for', () => {
  test('passes on what the model says, and charges what the provider counted', async () => {
    const gate = new FakeGate();
    const paid = paidProvider(model(ANSWER), gate, 'run-1');
    expect(await read(paid)).toEqual(ANSWER);
    await read(paid);
    expect(gate.planned).toMatchObject([
      { runId: 'run-1', turn: 1, model: 'm-1', maxOutputTokens: 50 },
      { runId: 'run-1', turn: 2 },
    ]);
    expect(gate.planned[0]?.inputTokens).toBeGreaterThan(10);
    expect(gate.charged).toEqual([FINAL, FINAL]);
  });

  test('does not ask the model where the gate says no', async () => {
    const gate = new FakeGate({ refusal: { code: 'budget_spent', message: 'No more.' } });
    const unpaid = model(ANSWER);
    await expect(read(paidProvider(unpaid, gate, 'run-1'))).rejects.toMatchObject({
      code: 'budget_spent',
      message: 'No more.',
      expose: true,
    });
    expect([unpaid.asked, gate.charged]).toEqual([[], []]);
  });

  test('charges what was written until it broke off, or until nobody listened any more', async () => {
    const gate = new FakeGate();
    await expect(read(paidProvider(model(ANSWER.slice(0, 2), new Error('cut')), gate, 'r'))).rejects.toThrow('cut');
    await read(paidProvider(model(ANSWER), gate, 'r'), 2);
    expect(gate.charged).toHaveLength(2);
    for (const usage of gate.charged) {
      expect(usage).toMatchObject({ inputTokens: 20, cacheReadTokens: 5, estimated: true });
      expect(usage.outputTokens).toBeGreaterThan(5);
    }
  });

  test('charges nothing for a request that failed before its answer began', async () => {
    const gate = new FakeGate();
    await expect(read(paidProvider(model([], new Error('refused')), gate, 'r'))).rejects.toThrow('refused');
    expect(gate.charged).toMatchObject([{ inputTokens: 0, outputTokens: 0 }]);
  });
});
