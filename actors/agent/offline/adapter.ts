/**
 * The model that answers when there is no key: no network, no randomness, the same answer for the same conversation.
 * It says what it is in its first answer, so that nobody takes it for more.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { estimateRequest, estimateTokens } from '../estimate.ts';
import { abortError, type Provider, type ProviderEvent, type ProviderRequest } from '../provider.ts';
import { reply } from './reply.ts';

const MODEL = 'offline-1';

export interface OfflineOptions {
  /** Milliseconds between two words, so that an answer is seen to be written. Default 25; 0 writes it at once. */
  readonly delayMs?: number;
  /** Waits; rejects or returns early when the signal is aborted. Default: Node's timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export function createOfflineProvider({
  delayMs = 25,
  sleep = (ms, signal) => wait(ms, undefined, { signal }),
}: OfflineOptions = {}): Provider {
  return { name: 'offline', defaultModel: MODEL, stream };

  async function* stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    const words = reply(request.messages).match(/\s*\S+/g) ?? [];
    let text = '';
    let full = false;
    for (const word of words) {
      if (text !== '' && delayMs > 0) await pause(signal);
      if (signal.aborted) throw abortError(signal);
      if (estimateTokens(text + word) > request.maxTokens) {
        full = true;
        break;
      }
      text += word;
      yield { type: 'text', text: word };
    }
    if (signal.aborted) throw abortError(signal);
    const input = estimateRequest(request);
    yield {
      type: 'usage',
      usage: { inputTokens: input, outputTokens: estimateTokens(text), cacheReadTokens: 0, cacheWriteTokens: 0, estimated: true },
    };
    yield { type: 'stop', reason: full ? 'max_tokens' : 'end', model: MODEL };
  }

  async function pause(signal: AbortSignal): Promise<void> {
    try {
      await sleep(delayMs, signal);
    } catch (error) {
      throw signal.aborted ? abortError(signal) : error;
    }
  }
}
