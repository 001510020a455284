/** Hooks around a run are isolated, and gates fail closed (A5, A6). */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallEstimate, CallGate, Spending, ToolGate } from '#agent-service/gate.ts';
import { type Hook, injectSession } from '#agent-service/hooks.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { FakeMessagesApi, fails, says } from '#test/fakes/messages-api.ts';
import { calls, lookup, of, resultsIn, start } from './run-fixtures.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(async () => {
  await api.close();
});

function boom(): never {
  throw new Error('boom');
}

/** One call of `lookup` and an answer, with these hooks around it. */
async function oneCall(...hooks: readonly Hook[]) {
  api.script(calls(['lookup', { symbol: 'AAPL' }]), says(['Ok.']));
  const asked: string[] = [];
  const tool = lookup(async (symbol) => {
    asked.push(symbol);
    return { price: 1, apiKey: 'Zq7canary' };
  });
  const started = start(api, { tools: [tool] }, { hooks });
  const result = await started.result;
  return { ...started, result, asked, given: resultsIn(api, 2)[0] };
}

describe('a hook that throws', () => {
  it.each<[string, Hook]>([
    ['at a message', { name: 'bad', onMessage: boom }],
    ['at a message, later', { name: 'bad', onMessage: async () => boom() }],
    ['at a call', { name: 'bad', onToolUse: boom }],
    ['at a result', { name: 'bad', onToolResult: boom }],
  ])('%s is told of, and the run goes on', async (_name, hook) => {
    const heard: string[] = [];
    const { result, asked, errors } = await oneCall(hook, { name: 'good', onMessage: ({ type }) => heard.push(type) });
    expect(result.text).toBe('Ok.');
    expect(asked).toEqual(['AAPL']);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.every((where) => where.startsWith('hook bad'))).toBe(true);
    expect(heard).toEqual(['connected', 'usage', 'tool', 'tool_result', 'chunk', 'usage', 'complete']);
  });

  it('as a gate at a call stops the call', async () => {
    const { asked, given, errors } = await oneCall({ name: 'approval', gate: true, onToolUse: async () => boom() });
    expect(asked).toEqual([]);
    expect(given).toMatchObject({ error: true, text: expect.stringContaining('could not be approved') });
    expect(errors).toEqual(['hook approval onToolUse']);
  });

  it('as a gate at a result keeps it from the model and the stream', async () => {
    const { given, events } = await oneCall({ name: 'scan', gate: true, onToolResult: boom });
    expect(given).toMatchObject({ error: true, text: expect.stringContaining('withheld') });
    expect(JSON.stringify(events)).not.toContain('price');
  });
});

describe('a hook', () => {
  it('can refuse a call, and the model is told why', async () => {
    const { asked, given } = await oneCall({ name: 'limits', onToolUse: () => ({ refuse: 'Only after 10 o’clock.' }) });
    expect(asked).toEqual([]);
    expect(given).toMatchObject({ error: true, text: expect.stringContaining('Only after 10') });
  });

  it('can give the tool what the session knows, over what the model wrote; gates see what is done', async () => {
    const seen: unknown[] = [];
    const { asked } = await oneCall(
      { name: 'approval', gate: true, onToolUse: ({ input }) => void seen.push(input) },
      injectSession('lookup', () => ({ symbol: 'MSFT' })),
    );
    expect(asked).toEqual(['MSFT']);
    expect(seen).toEqual([{ symbol: 'MSFT' }]);
  });

  it.each([
    ['cannot say it', () => boom()],
    ['says what the tool does not take', () => ({ symbol: 'MUCHTOOLONG' })],
  ])('that would say who is asking and %s lets no call through', async (_name, fields) => {
    const { asked, given } = await oneCall(injectSession('lookup', fields));
    expect(asked).toEqual([]);
    expect(given?.error).toBe(true);
  });

  it('that waits for a human holds up nobody who stops the run', async () => {
    api.script(calls(['lookup', { symbol: 'A' }]));
    const asked = vi.fn();
    const waits: Hook = { name: 'approval', gate: true, onToolUse: () => new Promise(() => asked()) };
    const { result, abort } = start(api, { tools: [lookup(async () => 1)] }, { hooks: [waits] });
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    abort();
    await expect(result).rejects.toMatchObject({ name: 'AbortError' });
  });

  describe('beside a budget for tools', () => {
    const refusal = { code: 'budget_spent', message: 'The budget is spent.', reason: 'spent' } as const;
    async function priced(admission: Awaited<ReturnType<ToolGate['beforeTool']>>, ...hooks: readonly Hook[]) {
      api.script(calls(['lookup', { symbol: 'AAPL' }]), says(['Ok.']));
      const steps: string[] = [];
      const toolGate: ToolGate = {
        beforeTool: async () => {
          steps.push('reserved');
          return admission;
        },
        afterTool: async (_permit, made) => {
          steps.push(made ? 'paid' : 'given back');
          return 0;
        },
      };
      const tool = lookup(async () => steps.push('called'));
      await start(api, { tools: [tool] }, { hooks, toolGate }).result.catch((error) => steps.push(error.code));
      return steps;
    }
    const approval = (decision: Awaited<ReturnType<NonNullable<Hook['onToolUse']>>>, seen: () => void = () => {}): Hook => ({
      name: 'approval',
      gate: true,
      onToolUse: () => {
        seen();
        return decision;
      },
    });

    it('that is spent uses no approval', async () => {
      const used = vi.fn();
      expect(await priced({ refusal }, approval(undefined, used))).toEqual(['reserved', 'budget_spent']);
      expect(used).not.toHaveBeenCalled();
    });

    it('gives the price back if a human does not allow the call', async () => {
      expect(await priced({ permit: { id: 'p' } }, approval({ refuse: 'No.' }))).toEqual(['reserved', 'given back']);
    });

    it('pays for a call that is allowed, and for none whose result is known', async () => {
      expect(await priced({ permit: { id: 'p' } }, approval(undefined))).toEqual(['reserved', 'called', 'paid']);
      expect(await priced({ permit: { id: 'p' } })).toEqual(['reserved', 'called', 'paid']);
      const cache: Hook = { name: 'cache', onToolUse: () => ({ result: 1 }) };
      expect(await priced({ refusal }, cache, approval(undefined))).toEqual([]);
    });
  });

  it('as a gate may not change what other gates have approved', async () => {
    const { asked } = await oneCall({ name: 'sly', gate: true, onToolUse: () => ({ input: { symbol: 'X' } }) });
    expect(asked).toEqual([]);
  });

  it('sees results without secrets, can change them, and cannot put secrets in', async () => {
    const seen: string[] = [];
    const { given, events } = await oneCall({
      name: 'enrich',
      onToolResult: (outcome) => {
        seen.push(JSON.stringify(outcome));
        return { ok: true, value: { was: outcome.value, password: 'Zq7canary' } };
      },
    });
    expect(seen).toEqual(['{"ok":true,"value":{"price":1,"apiKey":"[redacted]"}}']);
    expect(given?.text).toBe('{"was":{"price":1,"apiKey":"[redacted]"},"password":"[redacted]"}');
    expect(JSON.stringify(events)).not.toContain('Zq7canary');
  });
});

it('no planted secret reaches the model, the stream or a hook', async () => {
  const value = fc
    .jsonValue({ maxDepth: 3 })
    .map((inner) => ({ inner, deep: [[{ authorization: 'Zq7canary' }], JSON.stringify({ pwd: 'Zq7canary' })] }));
  await fc.assert(
    fc.asyncProperty(value, async (given) => {
      api.script(calls(['lookup', { symbol: 'A' }]), says(['Ok.']));
      const seen: unknown[] = [];
      const spy: Hook = {
        name: 'spy',
        onMessage: (event) => seen.push(event),
        onToolResult: (outcome) => void seen.push(outcome),
      };
      const { result, events } = start(api, { tools: [lookup(async () => given)] }, { hooks: [spy] });
      await result;
      expect(JSON.stringify([events, seen, api.requests.map(({ body }) => body)])).not.toContain('Zq7canary');
    }),
    { numRuns: 25 },
  );
});

it('what breaks is told of in the log, without secrets, and the model is not told how', async () => {
  api.script(calls(['lookup', { symbol: 'A' }]), says(['Ok.']));
  const told: unknown[] = [];
  const tool = lookup(() =>
    Promise.reject(Object.assign(new TypeError('GET https://d.example/?apikey=Zq7canary'), { config: 'Zq7canary' })),
  );
  const hook: Hook = {
    name: 'bad',
    onToolResult: () => {
      throw new Error('password=Zq7canary');
    },
  };
  await start(api, { tools: [tool] }, { hooks: [hook], onError: (where, error) => told.push(where, error) }).result;
  expect(told.filter((one) => typeof one === 'string')).toEqual(['tool lookup', 'hook bad onToolResult']);
  const errors = told.filter((one) => one instanceof Error);
  expect(errors.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    'TypeError: GET https://d.example/?apikey=[redacted]',
    'Error: password=[redacted]',
  ]);
  expect(errors.map((error) => error.stack + JSON.stringify(error)).join()).not.toContain('Zq7canary');
  expect(resultsIn(api, 2)).toMatchObject([{ text: expect.stringContaining('The tool failed') }]);
});

class Budget implements CallGate {
  readonly estimates: CallEstimate[] = [];
  readonly spent: Spending[] = [];
  left: number;

  constructor(left = 10) {
    this.left = left;
  }

  async beforeCall(estimate: CallEstimate) {
    this.estimates.push(estimate);
    this.left -= 1;
    if (this.left < 0) return { refusal: { code: 'budget_spent', message: 'The budget of this session is spent.' } };
    return { permit: { id: `p-${this.estimates.length}` } };
  }

  async afterCall(_permit: { id: string }, spending: Spending) {
    this.spent.push(spending);
    return 7;
  }
}

describe('the gate before each request', () => {
  it('hears what it may cost and what it did', async () => {
    api.script(calls(['lookup', { symbol: 'A' }]), says(['Ok.'], { start: { input_tokens: 50 }, end: { output_tokens: 3 } }));
    const gate = new Budget();
    await start(api, { tools: [lookup(async () => 1)] }, { gate }).result;
    expect(gate.estimates).toMatchObject([
      { sessionId: 's-1', runId: 'r-1', turn: 1, workflow: 'test', model: 'claude-sonnet-5-5', maxOutputTokens: 1_000 },
      { turn: 2 },
    ]);
    const [first = 0, second = 0] = gate.estimates.map(({ inputTokens }) => inputTokens);
    expect(first).toBeGreaterThan(20);
    expect(second).toBeGreaterThan(first);
    expect(gate.spent).toMatchObject([{ extent: 'all' }, { extent: 'all', usage: { inputTokens: 50, outputTokens: 3, estimated: false } }]);
  });

  it('can refuse: the request is not made', async () => {
    api.script(calls(['lookup', { symbol: 'A' }]));
    const gate = new Budget(1);
    const { result } = start(api, { tools: [lookup(async () => 1)] }, { gate });
    await expect(result).rejects.toMatchObject({ code: 'budget_spent', message: 'The budget of this session is spent.' });
    expect(api.requests).toHaveLength(1);
    expect(gate.spent).toHaveLength(1);
  });

  it('that cannot tell is a no', async () => {
    const gate = new Budget();
    vi.spyOn(gate, 'beforeCall').mockRejectedValue(new Unavailable('The store is away.'));
    await expect(start(api, {}, { gate }).result).rejects.toMatchObject({ code: 'unavailable' });
    expect(api.requests).toHaveLength(0);
  });

  it.each([
    [
      'nothing, of a request that was refused',
      fails(529, 'overloaded_error', 'later'),
      { extent: 'nothing', usage: { inputTokens: 0, outputTokens: 0 } },
    ],
    [
      'what there was, of an answer that broke off',
      (writer) => writer.start({ input_tokens: 40 }).text('One two three four five six').error('overloaded_error', 'later'),
      { extent: 'part', usage: { inputTokens: 40, outputTokens: expect.toSatisfy((tokens: number) => tokens >= 6), estimated: true } },
    ],
  ] satisfies [string, Parameters<FakeMessagesApi['otherwise']>[0], object][])('settles %s', async (_name, reply, spending) => {
    api.otherwise(reply);
    const gate = new Budget();
    await expect(start(api, {}, { gate }).result).rejects.toMatchObject({ code: 'unavailable' });
    // An answer that broke off is requested once more, with a permit of its own.
    expect(gate.estimates).toHaveLength(gate.spent.length);
    for (const spent of gate.spent) expect(spent).toMatchObject(spending);
  });

  it('settles a request that was stopped', async () => {
    api.script((writer) => {
      writer.start().text('Half');
      return new Promise(() => undefined);
    });
    const gate = new Budget();
    const { result, events, abort } = start(api, {}, { gate });
    await vi.waitFor(() => expect(of(events, 'chunk')).toHaveLength(1));
    abort();
    await expect(result).rejects.toMatchObject({ name: 'AbortError' });
    expect(gate.spent).toMatchObject([{ extent: 'part' }]);
  });

  it('that cannot count ends the run, and hides no other failure', async () => {
    const gate = new Budget();
    vi.spyOn(gate, 'afterCall').mockRejectedValue(new StatechatError('lost', 'The ledger is away.'));
    await expect(start(api, {}, { gate }).result).rejects.toMatchObject({ code: 'lost' });
    api.script(fails(400, 'invalid_request_error', 'no'));
    const { result, errors } = start(api, {}, { gate });
    await expect(result).rejects.toMatchObject({ code: 'refused' });
    expect(errors).toEqual(['budget of a failed request']);
  });
});
