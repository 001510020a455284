import { afterEach, beforeEach, expect, it } from 'vitest';
import { resultCache } from '#agent-service/result-cache.ts';
import { StatechatError } from '#machines/errors.ts';
import { FakeMessagesApi, says } from '#test/fakes/messages-api.ts';
import { calls, lookup, of, resultsIn, start } from './run-fixtures.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(async () => {
  await api.close();
});

it('gives what a tool gave before, for as long as it is true, and to its own input alone', async () => {
  let now = 5_000;
  const hook = resultCache({ tools: { lookup: 1_000 }, now: () => now });
  const asked: string[] = [];
  const tool = lookup(async (symbol) => {
    asked.push(symbol);
    return { symbol, price: asked.length };
  });
  const ask = async (symbol: string) => {
    api.script(calls(['lookup', { symbol }]), says(['Done.']));
    const { result, events } = start(api, { tools: [tool] }, { hooks: [hook] });
    await result;
    return of(events, 'tool_result')[0];
  };
  expect(await ask('AAPL')).not.toHaveProperty('cached');
  now = 5_999;
  expect(await ask('AAPL')).toMatchObject({ cached: true, ok: true, text: '{"symbol":"AAPL","price":1}' });
  expect(resultsIn(api, 4)).toMatchObject([{ text: '{"symbol":"AAPL","price":1}', error: false }]);
  expect(await ask('MSFT')).not.toHaveProperty('cached');
  now = 6_001;
  expect(await ask('AAPL')).toMatchObject({ text: '{"symbol":"AAPL","price":3}' });
  expect(asked).toEqual(['AAPL', 'MSFT', 'AAPL']);
});

it('remembers no failure, and nothing of tools that it was not told of', async () => {
  let fails = true;
  const tool = lookup(async () => {
    if (fails) throw new StatechatError('away', 'The source is away.', { retryable: true });
    return 'well';
  });
  const hook = resultCache({ tools: { lookup: 1_000 } });
  const other = resultCache({ tools: { another: 1_000 } });
  for (const [hooks, expected] of [
    [[hook], { ok: false }],
    [[hook], { ok: true, text: 'well' }],
    [[other], { ok: true }],
    [[other], { ok: true }],
  ] as const) {
    api.script(calls(['lookup', { symbol: 'A' }]), says(['Done.']));
    const { result, events } = start(api, { tools: [tool] }, { hooks: [...hooks] });
    await result;
    const [told] = of(events, 'tool_result');
    expect(told).toMatchObject(expected);
    expect(told).not.toHaveProperty('cached');
    fails = false;
  }
});

it('asks gates for a result that is known, too', async () => {
  const hook = resultCache({ tools: { lookup: 1_000 } });
  const tool = lookup(async () => 'secret of the house');
  const gate = { name: 'gate', gate: true, onToolUse: () => ({ refuse: 'Not for you.' }) };
  for (const hooks of [[hook], [gate, hook]]) {
    api.script(calls(['lookup', { symbol: 'A' }]), says(['Done.']));
    await start(api, { tools: [tool] }, { hooks }).result;
  }
  expect(resultsIn(api, 4)).toMatchObject([{ error: true, text: expect.stringContaining('Not for you.') }]);
});
