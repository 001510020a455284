/** The loop of model and tools, with the real SDK (A2, A3, A4). */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { defineTool } from '#agent-service/tools.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { FakeMessagesApi, says } from '#test/fakes/messages-api.ts';
import { calls, lookup, of, resultsIn, start } from './run-fixtures.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(async () => {
  await api.close();
});

describe('a run', () => {
  it('without tools is one request, told from connected to complete', async () => {
    api.script((writer) => writer.start({ input_tokens: 12 }).thinking('Hm').text('About ', 'ten.').end('end_turn', { output_tokens: 7 }));
    const { result, events } = start(api);
    const usage = { inputTokens: 12, outputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: false };
    expect(await result).toEqual({ text: 'About ten.', stop: 'end', model: 'claude-sonnet-5-5', turns: 1, usage, costMicros: 0 });
    expect(events).toEqual([
      { type: 'connected', sessionId: 's-1', runId: 'r-1', workflow: 'test', model: 'claude-sonnet-5-5' },
      { type: 'thinking', turn: 1, text: '' },
      { type: 'thinking', turn: 1, text: 'Hm' },
      { type: 'chunk', turn: 1, offset: 0, text: 'About ' },
      { type: 'chunk', turn: 1, offset: 6, text: 'ten.' },
      { type: 'usage', turn: 1, model: 'claude-sonnet-5-5', usage, estimatedInput: expect.any(Number), total: usage, costMicros: 0 },
      { type: 'complete', text: 'About ten.', stop: 'end', model: 'claude-sonnet-5-5', turns: 1, usage, costMicros: 0 },
    ]);
  });

  it('calls tools side by side, gives their results in the order of the calls, and goes on from what the model wrote', async () => {
    api.script(
      (writer) =>
        writer
          .start({ input_tokens: 10 })
          .thinking('Both.')
          .text('I look.')
          .toolUse('tu_1', 'lookup', '{"symbol":"AAPL"}')
          .toolUse('tu_2', 'lookup', '{"symbol":"MSFT"}')
          .end('tool_use', { output_tokens: 5 }),
      says(['Done.'], { start: { input_tokens: 30 }, end: { output_tokens: 2 } }),
    );
    // The first ends only after the second. In sequence they would never end.
    const second = Promise.withResolvers<void>();
    const tool = lookup(async (symbol) => {
      if (symbol === 'AAPL') await second.promise;
      else second.resolve();
      return { symbol };
    });
    const { result, events } = start(api, { tools: [tool] });
    expect(await result).toMatchObject({ text: 'Done.', turns: 2, usage: { inputTokens: 40, outputTokens: 7 } });
    expect(events.map(({ type }) => type)).toEqual([
      ...['connected', 'thinking', 'thinking', 'chunk', 'usage', 'tool', 'tool', 'tool_result', 'tool_result'],
      ...['chunk', 'usage', 'complete'],
    ]);
    expect(of(events, 'tool_result').map(({ id }) => id)).toEqual(['tu_2', 'tu_1']);
    expect(of(events, 'chunk')).toMatchObject([
      { turn: 1, offset: 0 },
      { turn: 2, offset: 0 },
    ]);
    expect(resultsIn(api, 2)).toEqual([
      { id: 'tu_1', text: '{"symbol":"AAPL"}', error: false },
      { id: 'tu_2', text: '{"symbol":"MSFT"}', error: false },
    ]);
    // The server refuses thinking without its signature, so a successful run shows that it came
    // back unchanged.
    expect(api.requests[1]?.body.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(JSON.stringify(api.requests[1]?.body.messages.at(-1))).toContain('cache_control');
  });

  it('reads calls that trickle in byte by byte', async () => {
    api.script(
      async (writer, response) => {
        const frames = [
          { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'tu_1', name: 'lookup', input: {} } },
          ...['{"sym', 'bol":"', '€', '"}'].map((json) => ({
            type: 'content_block_delta',
            index: 0,
            delta: { type: 'input_json_delta', partial_json: json },
          })),
          { type: 'content_block_stop', index: 0 },
          { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 3 } },
          { type: 'message_stop' },
        ];
        writer.start();
        for (const byte of Buffer.from(frames.map((frame) => `event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`).join(''))) {
          writer.raw(Buffer.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      },
      says(['Ok.']),
    );
    const asked: string[] = [];
    await start(api, { tools: [lookup(async (symbol) => asked.push(symbol))] }).result;
    expect(asked).toEqual(['€']);
  });

  it('must answer without tools in its last turn', async () => {
    api.script(calls(['lookup', { symbol: 'A' }]), says(['What I have.']));
    const { result } = start(api, { tools: [lookup(async () => 1)], maxTurns: 2 });
    expect(await result).toMatchObject({ text: 'What I have.', turns: 2 });
    expect(api.requests.map(({ body }) => body.tool_choice)).toEqual([undefined, { type: 'none' }]);
  });

  it('says that messages were summarized', async () => {
    const { events, result } = start(api, { compacted: { messages: 30, tokensBefore: 9_000, tokensAfter: 900 } });
    await result;
    expect(events[1]).toEqual({ type: 'compacted', messages: 30, tokensBefore: 9_000, tokensAfter: 900 });
  });
});

describe('a tool', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'fails with what to do',
      () => Promise.reject(new StatechatError('not_found', 'Ask for a US symbol.')),
      /"code":"not_found".*Ask for a US symbol/,
    ],
    ['is away', () => Promise.reject(new Unavailable('The data provider is away.')), /"retryable":true/],
    ['breaks', () => Promise.reject(new Error('at /srv/app.ts:3')), /^((?!srv).)*The tool failed((?!srv).)*$/],
    [
      'fails in a way that is not to be shown',
      () => Promise.reject(new StatechatError('x', 'internal', { expose: false })),
      /The tool failed/,
    ],
    [
      'gives a secret in its error',
      () => Promise.reject(new StatechatError('x', 'GET https://d.example/?apikey=Zq7canary failed')),
      /apikey=\[redacted\]/,
    ],
    ['gives a value without an end', async () => z.custom<object>().parse(Object.assign([], { 0: 1n })), /The tool failed/],
  ])('that %s gives the model an error to go on from', async (_name, answer, expected) => {
    api.script(calls(['lookup', { symbol: 'A' }]), says(['Sorry.']));
    const { result, events } = start(api, { tools: [lookup(answer)] });
    expect(await result).toMatchObject({ text: 'Sorry.' });
    expect(resultsIn(api, 2)).toEqual([{ id: 'tu_1', text: expect.stringMatching(expected), error: true }]);
    expect(of(events, 'tool_result')).toMatchObject([{ ok: false }]);
  });

  it.each([
    ['that there is not', 'fly', {}, /no tool .*fly.* There are: lookup/],
    ['with a wrong input', 'lookup', { symbol: 'TOOLONG' }, /symbol/],
  ])('%s is not called, and the model is told why', async (_name, name, input, expected) => {
    api.script(calls([name, input], ['lookup', { symbol: 'A' }]), says(['Ok.']));
    const asked: string[] = [];
    const tool = lookup(async (symbol) => asked.push(symbol));
    await start(api, { tools: [tool] }).result;
    expect(asked).toEqual(['A']);
    expect(resultsIn(api, 2)).toEqual([
      { id: 'tu_1', text: expect.stringMatching(expected), error: true },
      { id: 'tu_2', text: '1', error: false },
    ]);
  });

  it('that takes too long is stopped, and the others are not', async () => {
    api.script(calls(['lookup', { symbol: 'SLOW' }], ['lookup', { symbol: 'A' }]), says(['Ok.']));
    const aborted = vi.fn();
    const tool = lookup(
      (symbol, signal) => {
        if (symbol === 'A') return Promise.resolve('here');
        signal.addEventListener('abort', aborted);
        return new Promise(() => undefined);
      },
      { timeoutMs: 30 },
    );
    await start(api, { tools: [tool] }).result;
    expect(aborted).toHaveBeenCalledOnce();
    expect(resultsIn(api, 2)).toMatchObject([
      { text: expect.stringContaining('longer than 0.03 s'), error: true },
      { text: 'here', error: false },
    ]);
  });

  it('that gives too much is cut off after secrets are out, and the model is told', async () => {
    api.script(calls(['lookup', { symbol: 'A' }]), says(['Ok.']));
    const tool = lookup(async () => `${'x'.repeat(90)} sk-ant-api03-Zq7canaryZq7canaryZq7canary ${'y'.repeat(900)}`, { maxResult: 105 });
    const { result, events } = start(api, { tools: [tool] });
    await result;
    const text = `${'x'.repeat(90)} [redacted] yyy\n[cut off: 105 of 1002 characters]`;
    expect(resultsIn(api, 2)).toMatchObject([{ text }]);
    expect(of(events, 'tool_result')).toMatchObject([{ text }]);
  });

  it('can hand out a report', async () => {
    api.script(calls(['draw', {}]), says(['Here it is.']));
    const draw = defineTool({
      name: 'draw',
      description: 'Draws.',
      input: z.object({}),
      run: async (_input, { report }) => {
        report({ name: 'a.pdf', mimeType: 'application/pdf', bytes: Buffer.from('%PDF') });
        return 'drawn';
      },
    });
    const { result, events } = start(api, { tools: [draw] });
    await result;
    expect(of(events, 'report')).toEqual([{ type: 'report', name: 'a.pdf', mimeType: 'application/pdf', base64: 'JVBERg==' }]);
  });
});

describe('structured output', () => {
  const output = z.object({ price: z.number().positive() });
  it('is asked for by its schema, and checked', async () => {
    api.script(says(['{"price":', '12}']));
    const { result, events } = start(api, { output });
    expect(await result).toMatchObject({ output: { price: 12 } });
    expect(of(events, 'complete')).toMatchObject([{ output: { price: 12 } }]);
    expect(api.requests[0]?.body.output_config?.format?.schema).toMatchObject({ required: ['price'] });
  });

  it('that is wrong is asked for once more, with what is wrong', async () => {
    api.script(says(['{"price":-1}']), says(['{"price":1}']));
    expect(await start(api, { output }).result).toMatchObject({ output: { price: 1 }, turns: 2 });
    expect(api.requests[1]?.body.messages.at(-1)).toMatchObject({ role: 'user', content: expect.stringMatching(/price/) });
  });

  it.each([
    ['twice', 4, 2],
    ['in the last turn', 1, 1],
  ])('that is wrong %s is an error', async (_name, maxTurns, requests) => {
    api.otherwise(says(['Twelve.']));
    await expect(start(api, { output, maxTurns }).result).rejects.toMatchObject({ code: 'invalid_output' });
    expect(api.requests).toHaveLength(requests);
  });
});
