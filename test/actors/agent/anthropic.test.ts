/** The real SDK against a server that speaks the Messages API's wire format (A4). */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AnthropicOptions, createAnthropicProvider, DEFAULT_MODEL } from '#actors/agent/anthropic/adapter.ts';
import type { ProviderEvent, ProviderRequest } from '#actors/agent/provider.ts';
import { StatechatError } from '#machines/errors.ts';
import { FakeMessagesApi, fails, type Reply, says } from '#test/fakes/messages-api.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await api.close();
});

const request: ProviderRequest = {
  system: [
    { text: 'You are kind.', cached: true },
    { text: '<customer_data>{}</customer_data>', cached: false },
  ],
  messages: [{ role: 'user', text: 'hello' }],
  model: 'claude-test',
  maxTokens: 100,
};

function provider(options: Partial<AnthropicOptions> = {}) {
  return createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, ...options });
}

async function collect(
  options: Partial<AnthropicOptions> = {},
  signal = new AbortController().signal,
  onEvent?: (event: ProviderEvent) => void,
) {
  const events: ProviderEvent[] = [];
  for await (const event of provider(options).stream(request, signal)) {
    events.push(event);
    onEvent?.(event);
  }
  return events;
}

function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

async function failureOf(promise: Promise<unknown>): Promise<StatechatError> {
  const error: unknown = await promise.then(
    () => expect.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StatechatError)) throw error;
  return error;
}

describe('an answer', () => {
  it('streams text as it comes, then usage with the cache, then why it stopped', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    api.script(async (writer) => {
      writer.start({ input_tokens: 12, cache_read_input_tokens: 900, cache_creation_input_tokens: 30 }).text('Hel').ping();
      await gate;
      writer.text('lo ', 'there').end('end_turn', { output_tokens: 7 });
    });
    const seen: string[] = [];
    // The gate opens only because the first chunk was heard before the rest was sent.
    const events = await collect({}, undefined, (event) => {
      if (event.type === 'text') seen.push(event.text);
      if (seen.length === 1) open();
    });
    expect(seen).toEqual(['Hel', 'lo ', 'there']);
    expect(events.at(-2)).toEqual({
      type: 'usage',
      usage: { inputTokens: 12, outputTokens: 7, cacheReadTokens: 900, cacheWriteTokens: 30, estimated: false },
    });
    expect(events.at(-1)).toEqual({ type: 'stop', reason: 'end', model: 'claude-test' });
  });

  it('asks for what it was given, and has the fixed part of the system prompt cached', async () => {
    await collect();
    expect(api.requests[0]?.body).toMatchObject({
      model: 'claude-test',
      max_tokens: 100,
      system: [
        { type: 'text', text: 'You are kind.', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: '<customer_data>{}</customer_data>' },
      ],
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(JSON.stringify(api.requests[0]?.body.system).match(/cache_control/g)).toHaveLength(1);
  });

  it('gives thinking and tool calls, whose JSON arrives in pieces', async () => {
    api.script((writer) => {
      writer
        .start()
        .thinking('Let me ', 'see.')
        .text('I look it up.')
        .toolUse('tu_1', 'lookup', '{"sym', 'bol":"AA', 'PL"}')
        .toolUse('tu_2', 'now')
        .end('tool_use');
    });
    const events = await collect();
    expect(events.flatMap((event) => (event.type === 'thinking' ? [event.text] : []))).toEqual(['', 'Let me ', 'see.']);
    expect(events.filter((event) => event.type === 'tool_use')).toEqual([
      { type: 'tool_use', id: 'tu_1', name: 'lookup', input: { symbol: 'AAPL' } },
      { type: 'tool_use', id: 'tu_2', name: 'now', input: {} },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'stop', reason: 'tool_use' });
  });

  it('reads a slow trickle, byte by byte through the middle of characters', async () => {
    api.script(async (writer, response) => {
      writer.start();
      const frames = [
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'مرحبا 😀' } },
      ];
      for (const frame of frames) {
        for (const byte of Buffer.from(`event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`)) {
          writer.raw(Buffer.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      response.write(
        'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}\n\n',
      );
      response.end('event: message_stop\ndata: {"type":"message_stop"}\n\n');
    });
    expect(textOf(await collect())).toBe('مرحبا 😀');
  });

  it('passes over kinds of events and blocks that it does not know', async () => {
    api.script((writer) => {
      writer
        .start()
        .event('weather', { sky: 'blue' })
        .event('content_block_start', { index: 9, content_block: { type: 'hologram' } });
      writer
        .event('content_block_delta', { index: 9, delta: { type: 'hologram_delta', light: 1 } })
        .text('fine')
        .end('a_new_reason');
    });
    const events = await collect();
    expect(textOf(events)).toBe('fine');
    expect(events.at(-1)).toMatchObject({ reason: 'other' });
  });

  it('reads nothing from the environment', async () => {
    vi.stubEnv('ANTHROPIC_API_KEY', 'another-key');
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'another-token');
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:9');
    expect(textOf(await collect())).toBe('ok');
    expect(JSON.stringify(api.requests[0]?.headers)).not.toContain('another');
  });

  it('has a default model that the SDK lists', () => {
    const types = readFileSync(
      createRequire(import.meta.url)
        .resolve('@anthropic-ai/sdk/resources/messages/messages')
        .replace(/js$/, 'd.ts'),
      'utf8',
    );
    expect(/export type Model = ([^;]*);/.exec(types)?.[1]).toContain(`'${DEFAULT_MODEL}'`);
    expect(provider().defaultModel).toBe(DEFAULT_MODEL);
  });
});

describe('what passes by itself is retried, then retryable', () => {
  it.each([
    [529, 'overloaded_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
  ])('%i is tried again', async (status, type) => {
    api.script(fails(status, type, 'later', 0.01), says(['well']));
    expect(textOf(await collect())).toBe('well');
    expect(api.requests).toHaveLength(2);
  });

  it('gives up after the retries with Unavailable and how long to wait', async () => {
    api.otherwise(fails(529, 'overloaded_error', 'Overloaded', 0.01));
    const error = await failureOf(collect({ maxRetries: 1 }));
    expect(error).toMatchObject({
      code: 'unavailable',
      retryable: true,
      facts: { status: 529, kind: 'overloaded_error', retryAfterMs: 10 },
    });
    expect(error.message).toContain('Overloaded');
    expect(api.requests).toHaveLength(2);
  });

  it('does not sit out a long retry-after', async () => {
    api.otherwise(fails(429, 'rate_limit_error', 'Come back in an hour', 3_600));
    const error = await failureOf(collect());
    expect(error).toMatchObject({ retryable: true, facts: { status: 429, retryAfterMs: 3_600_000 } });
    expect(api.requests).toHaveLength(1);
  });

  it.each<[string, Reply, RegExp]>([
    [
      'an error event',
      (writer) => writer.start().text('Half').error('overloaded_error', 'Overloaded'),
      /in the middle of its answer: .*Overloaded/,
    ],
    [
      'a cut connection',
      async (writer) => {
        writer.start().text('Half');
        await new Promise((resolve) => setImmediate(resolve));
        writer.cut();
      },
      /broke off|ended its answer/,
    ],
    ['a clean end that comes too early', (writer) => writer.start().text('Half').stopShort(), /before it was complete/],
    [
      'an event that is not JSON',
      (writer) => void writer.start().text('Half').raw('event: content_block_delta\ndata: {"type": "content_bl\n\n'),
      /not JSON/,
    ],
    [
      'an event in a wrong shape',
      (writer) => void writer.start().text('Half').event('content_block_delta', { index: 'zero', delta: 4 }),
      /cannot be read \(content_block_delta\)/,
    ],
    ['a tool call that is not JSON', (writer) => writer.start().toolUse('tu_1', 'lookup', '{"a":').end(), /arguments that are not JSON/],
  ])("%s in the middle is Unavailable, and is not repeated behind the reader's back", async (_name, reply, message) => {
    api.script(reply);
    const heard: string[] = [];
    const error = await failureOf(collect({}, undefined, (event) => heard.push(event.type)));
    expect(error).toMatchObject({ code: 'unavailable', retryable: true });
    expect(error.message).toMatch(message);
    expect(heard).toContain('usage');
    expect(api.requests).toHaveLength(1);
  });

  it('an answer that goes silent is ended, and the request with it', async () => {
    api.script((writer) => {
      writer.start().text('Half');
      return new Promise(() => undefined);
    });
    const error = await failureOf(collect({ idleTimeoutMs: 30 }));
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).toContain('silent');
    expect(await api.requests[0]?.closed).toEqual({ aborted: true });
  });

  it('an answer that does not begin in time', async () => {
    api.otherwise(() => new Promise(() => undefined));
    expect(await failureOf(collect({ timeoutMs: 30, maxRetries: 0 }))).toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('nobody there', async () => {
    const gone = await FakeMessagesApi.start();
    await gone.close();
    const error = await failureOf(collect({ baseUrl: gone.url, maxRetries: 0 }));
    expect(error).toMatchObject({ code: 'unavailable', retryable: true });
    expect(error.message).toContain('ANTHROPIC_BASE_URL');
  });
});

describe('a refusal is not retried', () => {
  it('of a wrong key says which setting to check, and not to the customer', async () => {
    const error = await failureOf(collect({ apiKey: 'wrong' }));
    expect(error).toMatchObject({ code: 'refused', retryable: false, expose: false, facts: { status: 401 } });
    expect(error.message).toMatch(/invalid API key.*ANTHROPIC_API_KEY/);
    expect(JSON.stringify(error)).not.toContain('wrong');
  });

  it('carries the words of the provider', async () => {
    api.script(fails(400, 'invalid_request_error', 'max_tokens: must be at most 64000'));
    expect((await failureOf(collect())).message).toContain('max_tokens: must be at most 64000');
    expect(api.requests).toHaveLength(1);
  });

  it('in the middle of an answer', async () => {
    api.script((writer) => writer.start().text('Half').error('invalid_request_error', 'no'));
    expect(await failureOf(collect())).toMatchObject({ code: 'refused', retryable: false });
  });

  it.each(['', ' ', 'sk-123\n'])('of a key that cannot be one (%j) comes before any request', (apiKey) => {
    expect(() => provider({ apiKey })).toThrow(/ANTHROPIC_API_KEY/);
  });
});

describe('an abort', () => {
  it('in the middle of an answer closes the connection and is not a failure', async () => {
    const controller = new AbortController();
    api.script((writer) => {
      writer.start().text('Half');
      return new Promise(() => undefined);
    });
    const run = collect({}, controller.signal, (event) => {
      if (event.type === 'text') controller.abort();
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(await api.requests[0]?.closed).toEqual({ aborted: true });
  });

  it('before the answer has begun', async () => {
    const controller = new AbortController();
    api.script(() => {
      controller.abort(new Error('the customer said stop'));
      return new Promise(() => undefined);
    });
    await expect(collect({}, controller.signal)).rejects.toMatchObject({
      name: 'AbortError',
      cause: { message: 'the customer said stop' },
    });
    expect(await api.requests[0]?.closed).toEqual({ aborted: true });
  });

  it('while it waits to try again', async () => {
    const controller = new AbortController();
    api.otherwise(fails(529, 'overloaded_error', 'Overloaded', 15));
    const run = collect({}, controller.signal);
    await vi.waitFor(() => expect(api.requests).toHaveLength(1));
    await api.requests[0]?.closed;
    controller.abort();
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(api.requests).toHaveLength(1);
  });

  it('before the request makes none', async () => {
    await expect(collect({}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(api.requests).toHaveLength(0);
  });

  it('happens by itself when the reader leaves', async () => {
    api.script((writer) => {
      writer.start().text('Half');
      return new Promise(() => undefined);
    });
    for await (const event of provider().stream(request, new AbortController().signal)) {
      if (event.type === 'text') break;
    }
    expect(await api.requests[0]?.closed).toEqual({ aborted: true });
  });
});
