/**
 * Parts of an answer of the real SDK against a server that speaks the Messages API's wire format
 * (A4).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_MODEL } from '#agent-service/anthropic/adapter.ts';
import { anthropicWire, textOf } from './anthropic-provider.ts';

const wire = anthropicWire();
afterEach(() => {
  vi.unstubAllEnvs();
});
describe('an answer', () => {
  it('streams text as it comes, then usage with the cache, then why it stopped', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    wire.api.script(async (writer) => {
      writer.start({ input_tokens: 12, cache_read_input_tokens: 900, cache_creation_input_tokens: 30 }).text('Hel').ping();
      await gate;
      writer.text('lo ', 'there').end('end_turn', { output_tokens: 7 });
    });
    const seen: string[] = [];
    // The gate opens only because the first chunk arrived before the rest was sent.
    const events = await wire.collect({}, undefined, (event) => {
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
    await wire.collect();
    expect(wire.api.requests[0]?.body).toMatchObject({
      model: 'claude-test',
      max_tokens: 100,
      system: [
        { type: 'text', text: 'You are kind.', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: '<customer_data>{}</customer_data>' },
      ],
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(JSON.stringify(wire.api.requests[0]?.body.system).match(/cache_control/g)).toHaveLength(1);
  });

  it('gives thinking and tool calls, whose JSON arrives in pieces', async () => {
    wire.api.script((writer) => {
      writer
        .start()
        .thinking('Let me ', 'see.')
        .text('I look it up.')
        .toolUse('tu_1', 'lookup', '{"sym', 'bol":"AA', 'PL"}')
        .toolUse('tu_2', 'now')
        .end('tool_use');
    });
    const events = await wire.collect();
    expect(events.flatMap((event) => (event.type === 'thinking' ? [event.text] : []))).toEqual(['', 'Let me ', 'see.']);
    expect(events.filter((event) => event.type === 'tool_use')).toEqual([
      { type: 'tool_use', id: 'tu_1', name: 'lookup', input: { symbol: 'AAPL' } },
      { type: 'tool_use', id: 'tu_2', name: 'now', input: {} },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'stop', reason: 'tool_use' });
  });

  it('reads a slow trickle, byte by byte through the middle of characters', async () => {
    wire.api.script(async (writer, response) => {
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
    expect(textOf(await wire.collect())).toBe('مرحبا 😀');
  });

  it('passes over kinds of events and blocks that it does not know', async () => {
    wire.api.script((writer) => {
      writer
        .start()
        .event('weather', { sky: 'blue' })
        .event('content_block_start', { index: 9, content_block: { type: 'hologram' } });
      writer
        .event('content_block_delta', { index: 9, delta: { type: 'hologram_delta', light: 1 } })
        .text('fine')
        .end('a_new_reason');
    });
    const events = await wire.collect();
    expect(textOf(events)).toBe('fine');
    expect(events.at(-1)).toMatchObject({ reason: 'other' });
  });

  it('reads nothing from the environment', async () => {
    vi.stubEnv('ANTHROPIC_API_KEY', 'another-key');
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'another-token');
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:9');
    expect(textOf(await wire.collect())).toBe('ok');
    expect(JSON.stringify(wire.api.requests[0]?.headers)).not.toContain('another');
  });

  it('has a default model that the SDK lists', () => {
    const types = readFileSync(
      createRequire(import.meta.url)
        .resolve('@anthropic-ai/sdk/resources/messages/messages')
        .replace(/js$/, 'd.ts'),
      'utf8',
    );
    expect(/export type Model = ([^;]*);/.exec(types)?.[1]).toContain(`'${DEFAULT_MODEL}'`);
    expect(wire.provider().defaultModel).toBe(DEFAULT_MODEL);
  });
});
