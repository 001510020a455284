/**
 * Provider over the real SDK, against a server that speaks the Messages API's wire format. Each
 * test of a file gets a new one (A4).
 */
import { afterEach, beforeEach, expect } from 'vitest';
import { type AnthropicOptions, createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import type { Provider, ProviderEvent, ProviderRequest } from '#agent-service/provider.ts';
import { StatechatError } from '#machines/errors.ts';
import { FakeMessagesApi } from '#test/fakes/messages-api.ts';

export const request: ProviderRequest = {
  system: [
    { text: 'You are kind.', cached: true },
    { text: '<customer_data>{}</customer_data>', cached: false },
  ],
  messages: [{ role: 'user', text: 'hello' }],
  model: 'claude-test',
  maxTokens: 100,
};

export interface AnthropicWire {
  /** The server of this test. */
  readonly api: FakeMessagesApi;
  provider(options?: Partial<AnthropicOptions>): Provider;
  /**
   * Everything that the answer to `request` consists of. `onEvent` receives each event as it
   * arrives.
   */
  collect(options?: Partial<AnthropicOptions>, signal?: AbortSignal, onEvent?: (event: ProviderEvent) => void): Promise<ProviderEvent[]>;
}

/** Call it at the top of the file. */
export function anthropicWire(): AnthropicWire {
  let api: FakeMessagesApi;
  beforeEach(async () => {
    api = await FakeMessagesApi.start();
  });
  afterEach(() => api.close());
  const provider: AnthropicWire['provider'] = (options = {}) =>
    createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, ...options });
  return {
    get api() {
      return api;
    },
    provider,
    async collect(options = {}, signal = new AbortController().signal, onEvent) {
      const events: ProviderEvent[] = [];
      for await (const event of provider(options).stream(request, signal)) {
        events.push(event);
        onEvent?.(event);
      }
      return events;
    },
  };
}

export function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

export async function failureOf(promise: Promise<unknown>): Promise<StatechatError> {
  const error: unknown = await promise.then(
    () => expect.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StatechatError)) throw error;
  return error;
}
