/**
 * Errors, refusals and aborts of the real SDK against a server that speaks the Messages API's wire
 * format (A4).
 */
import { describe, expect, it, vi } from 'vitest';
import { FakeMessagesApi, fails, type Reply, says } from '#test/fakes/messages-api.ts';
import { anthropicWire, failureOf, request, textOf } from './anthropic-provider.ts';

const wire = anthropicWire();
describe('what passes by itself is retried, then retryable', () => {
  it.each([
    [529, 'overloaded_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
  ])('%i is tried again', async (status, type) => {
    wire.api.script(fails(status, type, 'later', 0.01), says(['well']));
    expect(textOf(await wire.collect())).toBe('well');
    expect(wire.api.requests).toHaveLength(2);
  });

  it('gives up after the retries with Unavailable and how long to wait', async () => {
    wire.api.otherwise(fails(529, 'overloaded_error', 'Overloaded', 0.01));
    const error = await failureOf(wire.collect({ maxRetries: 1 }));
    expect(error).toMatchObject({
      code: 'unavailable',
      retryable: true,
      facts: { status: 529, kind: 'overloaded_error', retryAfterMs: 10 },
    });
    expect(error.message).toContain('Overloaded');
    expect(wire.api.requests).toHaveLength(2);
  });

  it('does not sit out a long retry-after', async () => {
    wire.api.otherwise(fails(429, 'rate_limit_error', 'Come back in an hour', 3_600));
    const error = await failureOf(wire.collect());
    expect(error).toMatchObject({ retryable: true, facts: { status: 429, retryAfterMs: 3_600_000 } });
    expect(wire.api.requests).toHaveLength(1);
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
    wire.api.script(reply);
    const heard: string[] = [];
    const error = await failureOf(wire.collect({}, undefined, (event) => heard.push(event.type)));
    expect(error).toMatchObject({ code: 'unavailable', retryable: true });
    expect(error.message).toMatch(message);
    expect(heard).toContain('usage');
    expect(wire.api.requests).toHaveLength(1);
  });

  it('an answer that goes silent is ended, and the request with it', async () => {
    wire.api.script((writer) => {
      writer.start().text('Half');
      return new Promise(() => undefined);
    });
    const error = await failureOf(wire.collect({ idleTimeoutMs: 30 }));
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).toContain('silent');
    expect(await wire.api.requests[0]?.closed).toEqual({ aborted: true });
  });

  it('an answer that does not begin in time', async () => {
    wire.api.otherwise(() => new Promise(() => undefined));
    expect(await failureOf(wire.collect({ timeoutMs: 30, maxRetries: 0 }))).toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('nobody there', async () => {
    const gone = await FakeMessagesApi.start();
    await gone.close();
    const error = await failureOf(wire.collect({ baseUrl: gone.url, maxRetries: 0 }));
    expect(error).toMatchObject({ code: 'unavailable', retryable: true });
    expect(error.message).toContain('ANTHROPIC_BASE_URL');
  });
});

describe('a refusal is not retried', () => {
  it('of a wrong key says which setting to check, and not to the customer', async () => {
    const error = await failureOf(wire.collect({ apiKey: 'wrong' }));
    expect(error).toMatchObject({ code: 'refused', retryable: false, expose: false, facts: { status: 401 } });
    expect(error.message).toMatch(/invalid API key.*ANTHROPIC_API_KEY/);
    expect(JSON.stringify(error)).not.toContain('wrong');
  });

  it('carries the words of the provider', async () => {
    wire.api.script(fails(400, 'invalid_request_error', 'max_tokens: must be at most 64000'));
    expect((await failureOf(wire.collect())).message).toContain('max_tokens: must be at most 64000');
    expect(wire.api.requests).toHaveLength(1);
  });

  it.each<[number, string, string, RegExp]>([
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API.', /Check the credit of the account/],
    [402, 'billing_error', 'Payment required', /Check the credit of the account/],
    [403, 'permission_error', 'No', /Check what the key may do/],
    [404, 'not_found_error', 'model: claude-9', /Check ANTHROPIC_MODEL/],
  ])('of %i %s says what to check', async (status, kind, said, mend) => {
    wire.api.script(fails(status, kind, said));
    const error = await failureOf(wire.collect());
    expect(error).toMatchObject({ code: 'refused', retryable: false, expose: false, facts: { status, kind } });
    expect(error.message).toMatch(mend);
    expect(wire.api.requests).toHaveLength(1);
  });

  it.each<[string, Reply]>([
    ['400', fails(400, 'invalid_request_error', 'prompt is too long: 210034 tokens > 200000 maximum')],
    [
      '400 with its output',
      fails(400, 'invalid_request_error', 'input length and `max_tokens` exceed context limit: 199000 + 4096 > 200000'),
    ],
    ['413', fails(413, 'invalid_request_error', 'Request exceeds the maximum size')],
    ['an event', (writer) => writer.start().error('invalid_request_error', 'prompt is too long: 2 tokens > 1 maximum')],
  ])('of a conversation that is too long says so (%s)', async (_name, reply) => {
    wire.api.script(reply);
    expect(await failureOf(wire.collect())).toMatchObject({ code: 'context_full', retryable: false, expose: false });
    expect(wire.api.requests).toHaveLength(1);
  });

  it('in the middle of an answer', async () => {
    wire.api.script((writer) => writer.start().text('Half').error('invalid_request_error', 'no'));
    expect(await failureOf(wire.collect())).toMatchObject({ code: 'refused', retryable: false });
  });

  it.each(['', ' ', 'sk-123\n'])('of a key that cannot be one (%j) comes before any request', (apiKey) => {
    expect(() => wire.provider({ apiKey })).toThrow(/ANTHROPIC_API_KEY/);
  });
});

describe('an abort', () => {
  it('in the middle of an answer closes the connection and is not a failure', async () => {
    const controller = new AbortController();
    wire.api.script((writer) => {
      writer.start().text('Half');
      return new Promise(() => undefined);
    });
    const run = wire.collect({}, controller.signal, (event) => {
      if (event.type === 'text') controller.abort();
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(await wire.api.requests[0]?.closed).toEqual({ aborted: true });
  });

  it('before the answer has begun', async () => {
    const controller = new AbortController();
    wire.api.script(() => {
      controller.abort(new Error('the customer said stop'));
      return new Promise(() => undefined);
    });
    await expect(wire.collect({}, controller.signal)).rejects.toMatchObject({
      name: 'AbortError',
      cause: { message: 'the customer said stop' },
    });
    expect(await wire.api.requests[0]?.closed).toEqual({ aborted: true });
  });

  it('while it waits to try again', async () => {
    const controller = new AbortController();
    wire.api.otherwise(fails(529, 'overloaded_error', 'Overloaded', 15));
    const run = wire.collect({}, controller.signal);
    await vi.waitFor(() => expect(wire.api.requests).toHaveLength(1));
    await wire.api.requests[0]?.closed;
    controller.abort();
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(wire.api.requests).toHaveLength(1);
  });

  it('before the request makes none', async () => {
    await expect(wire.collect({}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(wire.api.requests).toHaveLength(0);
  });

  it('happens by itself when the reader leaves', async () => {
    wire.api.script((writer) => {
      writer.start().text('Half');
      return new Promise(() => undefined);
    });
    for await (const event of wire.provider().stream(request, new AbortController().signal)) {
      if (event.type === 'text') break;
    }
    expect(await wire.api.requests[0]?.closed).toEqual({ aborted: true });
  });
});
