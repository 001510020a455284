import { expect, test } from 'vitest';
import type { Provider } from '#actors/agent/provider.ts';
import { parseAddress } from '#machines/ids.ts';
import { ConfigError, readConfig } from '#src/config.ts';
import { createPay, unpaid } from '#src/pay.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { newId } from '#test/contracts/store-fixtures.ts';

/** A dollar for each call. */
const provider: Provider = {
  name: 'fake',
  defaultModel: 'dear-1',
  async *stream() {
    yield { type: 'text', text: 'Yes.' };
    yield { type: 'usage', usage: { inputTokens: 0, outputTokens: 1_000, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: false } };
    yield { type: 'stop', reason: 'end', model: 'dear-1' };
  },
};
const request = { system: [], messages: [{ role: 'user', text: 'Well?' }], model: 'dear-1', maxTokens: 1_000 } as const;

async function asks(paid: Provider): Promise<string> {
  let text = '';
  for await (const event of paid.stream(request, new AbortController().signal)) if (event.type === 'text') text += event.text;
  return text;
}

function world(settings: Readonly<Record<string, string>>) {
  const costs: number[] = [];
  const log = createLog({ level: 'warn', destination: { write: () => {} }, readable: false });
  const config = readConfig({ STATECHAT_MODEL_PRICES: 'dear-1=0/1000/0/0', STATECHAT_BUDGET_SESSION_USD: '1.5', ...settings });
  const made = createPay({
    provider,
    ledger: createMemoryStore().ledger,
    config,
    now: Date.now,
    log,
    metrics: { cost: (cost) => costs.push(cost) },
  });
  return { pay: made, costs };
}

const session = { sessionId: newId(), address: parseAddress('web:default:v_1') };

test('work that nobody is told of fails where a budget is spent, and is charged for what it did before', async () => {
  const { pay, costs } = world({});
  expect(await pay.run({ ...session, runId: 'r1' }, 'en', async (paid, cost) => [await asks(paid), cost()])).toEqual(['Yes.', 1_000_000]);
  await expect(pay.run({ ...session, runId: 'r2' }, 'en', asks)).rejects.toMatchObject({ code: 'budget_spent' });
  expect(costs).toEqual([1_000_000]);
});

test('an answer says so instead, with what it cost until then, and brings a human where one is wanted', async () => {
  for (const [then, escalate] of [
    ['tell', undefined],
    ['human', { reason: expect.stringContaining('$1.0000 of $1.5000') }],
  ] as const) {
    const { pay } = world({ STATECHAT_BUDGET_SPENT: then });
    const answer = await pay.answer({ ...session, runId: 'r1' }, 'ar', async (paid) => ({ text: (await asks(paid)) + (await asks(paid)) }));
    expect(answer.text).toContain('بلغتُ الحد المسموح لي به في هذه المحادثة.');
    expect(answer).toMatchObject({ usage: { costMicros: 1_000_000 } });
    expect(answer.escalate).toEqual(escalate);
    const broken = pay.answer({ ...session, sessionId: newId(), runId: 'r2' }, 'en', () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
  }
});

test('a provider whose model has no price is refused; one that is nobody’s to pay for is passed on', async () => {
  expect(() => world({ STATECHAT_MODEL_PRICES: '' })).toThrow(ConfigError);
  expect(await unpaid(provider).run({ ...session, runId: 'r' }, 'en', async (paid, cost) => [paid === provider, cost()])).toEqual([
    true,
    0,
  ]);
});
