/**
 * Ends of runs without an answer. Failures of the provider in each phase, limits, stops (A3, A4).
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorEvent } from '#agent-service/loop.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { FakeMessagesApi, fails, type Reply, says } from '#test/fakes/messages-api.ts';
import { calls, lookup, of, start } from './run-fixtures.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(async () => {
  await api.close();
});

describe('a run ends with an error', () => {
  it.each([
    ['when the model declines', says(['I'], { stop: 'refusal' }), 'model_refused'],
    ['without text', says([' ']), 'no_text'],
    ['when a call does not fit', (writer) => writer.start().toolUse('tu_1', 'lookup', '{"sy').end('max_tokens'), 'max_tokens'],
    ['when nothing fits', says([], { stop: 'model_context_window_exceeded' }), 'context_full'],
    ['when the provider is overloaded', fails(529, 'overloaded_error', 'later'), 'unavailable'],
    ['when the provider refuses', fails(400, 'invalid_request_error', 'no'), 'refused'],
  ] satisfies [string, Parameters<FakeMessagesApi['otherwise']>[0], string][])('%s', async (_name, reply, code) => {
    api.otherwise(reply);
    await expect(start(api, { tools: [lookup(async () => 1)] }).result).rejects.toMatchObject({ code });
    expect(api.requests).toHaveLength(1);
  });

  it.each([
    [
      'in the middle of a call',
      async (writer) => {
        writer
          .start()
          .event('content_block_start', { index: 0, content_block: { type: 'tool_use', id: 'tu_1', name: 'lookup', input: {} } });
        await new Promise((resolve) => setImmediate(resolve));
        writer.cut();
      },
    ],
    ['with a call that is no JSON', (writer) => writer.start().toolUse('tu_1', 'lookup', '{"symbol":').end('tool_use')],
    ['with an event that nobody can read', (writer) => void writer.start().event('content_block_delta', { index: 'x' })],
  ] satisfies [string, Parameters<FakeMessagesApi['otherwise']>[0]][])(
    'when a later turn breaks off %s, twice, and no tool is called for it',
    async (_name, reply) => {
      api.script(calls(['lookup', { symbol: 'A' }]), reply, reply);
      const asked: string[] = [];
      const { result, events } = start(api, { tools: [lookup(async (symbol) => asked.push(symbol))] });
      await expect(result).rejects.toMatchObject({ code: 'unavailable', retryable: true });
      expect(asked).toEqual(['A']);
      expect(of(events, 'usage')).toHaveLength(1);
      expect(api.requests).toHaveLength(3);
    },
  );

  it('when the model calls tools where it was told not to', async () => {
    api.otherwise(calls(['lookup', { symbol: 'A' }]));
    await expect(start(api, { tools: [lookup(async () => 1)], maxTurns: 3 }).result).rejects.toMatchObject({ code: 'max_turns' });
    expect(api.requests).toHaveLength(3);
  });

  it('which is told without what is not for showing', () => {
    const refused = new StatechatError('refused', 'bad key https://a:Zq7canary@b', { expose: false });
    expect(errorEvent(refused)).toMatchObject({ message: 'The model could not be asked.', reason: 'bad key https://a:[redacted]@b' });
    expect(errorEvent(new Unavailable('https://a:Zq7canary@b failed')).message).toBe('https://a:[redacted]@b failed');
    expect(errorEvent(new TypeError('x is not a function'))).toEqual({
      type: 'error',
      code: 'internal',
      message: 'The run failed.',
      retryable: false,
    });
  });
});

describe('a turn that the provider paused', () => {
  const search: Reply = (writer) =>
    writer.start().text('Let me search. ').serverToolUse('srv_1', 'web_search', '{"query":', '"AAPL"}').end('pause_turn');
  const searched = { type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: { query: 'AAPL' } };

  it('goes on from what was written, and its text is one text', async () => {
    api.script(search, search, says(['It is 12.']));
    const { result, events } = start(api, { maxTurns: 1 });
    expect(await result).toMatchObject({ text: 'Let me search. Let me search. It is 12.', stop: 'end' });
    const written = [{ type: 'text', text: 'Let me search. ' }, searched];
    expect(api.requests[1]?.body.messages.at(-1)).toEqual({ role: 'assistant', content: written });
    expect(api.requests[2]?.body.messages.slice(1)).toEqual([{ role: 'assistant', content: [...written, ...written] }]);
    expect(of(events, 'chunk').map(({ offset }) => offset)).toEqual([0, 15, 30]);
    expect(of(events, 'usage')).toHaveLength(3);
  });

  it('again and again ends the run', async () => {
    api.otherwise(search);
    await expect(start(api).result).rejects.toMatchObject({ code: 'max_turns' });
    expect(api.requests).toHaveLength(6);
  });
});

describe('an answer that breaks off', () => {
  const half: Reply = (writer) => writer.start({ input_tokens: 30 }).text('Half', ' of').stopShort();

  it('is asked for once more, with what was found out before: its text begins anew, and both are counted', async () => {
    api.script(calls(['lookup', { symbol: 'A' }]), half, says(['Whole.'], { start: { input_tokens: 30 }, end: { output_tokens: 4 } }));
    const { result, events, errors } = start(api, { tools: [lookup(async () => 1)], maxTurns: 2 });
    expect(await result).toMatchObject({ text: 'Whole.', turns: 2 });
    expect(of(events, 'chunk').map(({ offset, text }) => [offset, text])).toEqual([
      [0, 'Half'],
      [4, ' of'],
      [0, 'Whole.'],
    ]);
    expect(of(events, 'usage').at(-1)).toMatchObject({ turn: 2, usage: { inputTokens: 60, outputTokens: expect.toSatisfy((n) => n > 4) } });
    expect(api.requests[2]?.body).toEqual(api.requests[1]?.body);
    expect(errors).toEqual(['a request that broke off and is made again']);
  });

  it('twice fails the run, and nobody asks a third time', async () => {
    api.otherwise(half);
    await expect(start(api).result).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(api.requests).toHaveLength(2);
  });

  it('is not asked for again when the run was stopped', async () => {
    const gate = Promise.withResolvers<void>();
    api.script(async (writer) => {
      writer.start().text('Half');
      await gate.promise;
      writer.cut();
    });
    const { result, events, abort } = start(api);
    await vi.waitFor(() => expect(of(events, 'chunk')).toHaveLength(1));
    abort();
    gate.resolve();
    await expect(result).rejects.toMatchObject({ name: 'AbortError' });
    expect(api.requests).toHaveLength(1);
  });
});

describe('a run that is stopped', () => {
  it.each([
    ['before anything is said', () => undefined, 'connected'],
    ['while the model thinks', (writer) => void writer.start().thinking('Hm'), 'thinking'],
    ['while it writes', (writer) => void writer.start().text('Half'), 'chunk'],
  ] satisfies [string, (writer: Parameters<Parameters<FakeMessagesApi['otherwise']>[0]>[0]) => void, string][])(
    '%s closes the connection and says nothing more',
    async (_name, begin, until) => {
      api.script((writer) => {
        begin(writer);
        return new Promise(() => undefined);
      });
      const { result, events, abort } = start(api);
      await vi.waitFor(() => expect(events.at(-1)?.type).toBe(until));
      await vi.waitFor(() => expect(api.requests).toHaveLength(1));
      const said = events.length;
      abort();
      await expect(result).rejects.toMatchObject({ name: 'AbortError' });
      expect(await api.requests[0]?.closed).toEqual({ aborted: true });
      expect(events).toHaveLength(said);
    },
  );

  it('in a tool stops the tool, does not wait for it, and asks the model nothing more', async () => {
    api.script(calls(['lookup', { symbol: 'A' }]));
    const more = Promise.withResolvers<void>();
    const stopped = vi.fn();
    const tool = lookup(async (_symbol, signal) => {
      signal.addEventListener('abort', stopped);
      // A tool that ignores its signal and continues.
      await more.promise;
      return 'late';
    });
    const { result, events, abort } = start(api, { tools: [tool] });
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe('tool'));
    abort();
    await expect(result).rejects.toMatchObject({ name: 'AbortError' });
    expect(stopped).toHaveBeenCalledOnce();
    more.resolve();
    await more.promise;
    expect(events.at(-1)?.type).toBe('tool');
    expect(api.requests).toHaveLength(1);
  });
});
