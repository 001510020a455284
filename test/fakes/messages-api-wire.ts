/** One answer of the Messages API in wire format, as server-sent events, block by block. */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/**
 * Proves that this server wrote the thinking. It refuses changed thinking, as the real one does.
 */
export function signatureOf(thinking: string): string {
  return createHash('sha256').update(`fake:${thinking}`).digest('base64');
}

export interface WireUsage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
}

type BlockType = 'text' | 'thinking' | 'redacted_thinking' | 'tool_use' | 'server_tool_use';

export class MessageWriter {
  readonly #response: ServerResponse;
  readonly #model: string;
  #index = -1;
  #open: BlockType | null = null;
  #outputTokens = 0;

  constructor(response: ServerResponse, model: string) {
    this.#response = response;
    this.#model = model;
  }

  /** `message_start`, and with it the status and the headers. */
  start(usage: WireUsage = {}): this {
    this.#response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_fake' });
    return this.event('message_start', {
      message: {
        id: 'msg_fake',
        type: 'message',
        role: 'assistant',
        model: this.#model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, ...usage },
      },
    });
  }

  text(...chunks: readonly string[]): this {
    this.#begin('text', { text: '', citations: null });
    for (const text of chunks) this.#delta({ type: 'text_delta', text });
    return this;
  }

  thinking(...chunks: readonly string[]): this {
    this.#begin('thinking', { thinking: '', signature: '' });
    for (const thinking of chunks) this.#delta({ type: 'thinking_delta', thinking });
    const signature = signatureOf(chunks.join(''));
    // In two pieces, because the API does not promise one.
    for (const piece of [signature.slice(0, 20), signature.slice(20)]) this.#delta({ type: 'signature_delta', signature: piece });
    return this.#finishBlock();
  }

  redactedThinking(data: string): this {
    this.#begin('redacted_thinking', { data });
    return this.#finishBlock();
  }

  /** `pieces` together are the JSON of the input. Real ones break anywhere. */
  toolUse(id: string, name: string, ...pieces: readonly string[]): this {
    this.#begin('tool_use', { id, name, input: {} });
    for (const json of pieces) this.#delta({ type: 'input_json_delta', partial_json: json });
    return this.#finishBlock();
  }

  /** The API calls a tool that it runs itself. */
  serverToolUse(id: string, name: string, ...pieces: readonly string[]): this {
    this.#begin('server_tool_use', { id, name, input: {} });
    for (const json of pieces) this.#delta({ type: 'input_json_delta', partial_json: json });
    return this.#finishBlock();
  }

  ping(): this {
    return this.event('ping', {});
  }

  /** Error after the answer has begun, when status 200 is already sent. */
  error(type: string, message: string): void {
    this.event('error', { error: { type, message } });
    this.#response.end();
  }

  end(stopReason = 'end_turn', usage: WireUsage = {}, stopDetails: Record<string, unknown> | null = null): void {
    this.#finishBlock();
    this.event('message_delta', {
      delta: { stop_reason: stopReason, stop_sequence: null, stop_details: stopDetails },
      usage: { output_tokens: this.#outputTokens, ...usage },
    });
    this.event('message_stop', {});
    this.#response.end();
  }

  /** The connection breaks, as when a proxy or the network dies. */
  cut(): void {
    this.#response.destroy();
  }

  /** The answer just stops, with a clean end of the stream. */
  stopShort(): void {
    this.#response.end();
  }

  event(type: string, data: Record<string, unknown>): this {
    return this.raw(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  }

  /** Any data, bytes included, such as a malformed event or half a character. */
  raw(bytes: string | Uint8Array): this {
    this.#response.write(bytes);
    return this;
  }

  #begin(type: BlockType, block: Record<string, unknown>): void {
    if (this.#open === type && type === 'text') return;
    this.#finishBlock();
    this.#index += 1;
    this.#open = type;
    this.event('content_block_start', { index: this.#index, content_block: { type, ...block } });
  }

  #delta(delta: Record<string, unknown>): void {
    this.#outputTokens += 1;
    this.event('content_block_delta', { index: this.#index, delta });
  }

  #finishBlock(): this {
    if (this.#open !== null) this.event('content_block_stop', { index: this.#index });
    this.#open = null;
    return this;
  }
}
