/** Models for tests. One writes when the test dictates, one repeats its input. */
import { messageText } from '#agent-service/content.ts';
import type { Provider, ProviderEvent, ProviderRequest } from '#agent-service/provider.ts';

const USAGE = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: true };
const END: readonly ProviderEvent[] = [
  { type: 'usage', usage: USAGE },
  { type: 'stop', reason: 'end', model: 'test-1' },
];

/**
 * An answer in two scripts, in which anything that is lost or torn shows. A point has some 52
 * characters.
 */
export function longAnswer(points: number): string {
  return Array.from({ length: points }, (_, n) => `Point ${n} of the answer. النقطة رقم ${n} من الجواب.`).join(' ');
}

/** Longer than two messages of WhatsApp. */
export const LONG_ANSWER = longAnswer(200);

export interface Writing {
  readonly request: ProviderRequest;
  /** Adds a piece to the answer. */
  write(text: string): void;
  end(): void;
  /** The request was given up. */
  readonly aborted: boolean;
}

/** Each answer is written by the test, piece by piece. */
export class DictatedModel implements Provider {
  readonly name = 'dictated';
  readonly defaultModel = 'test-1';
  readonly writings: Writing[] = [];

  async *stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    const pieces: string[] = [];
    let ended = false;
    let wake = Promise.withResolvers<void>();
    const poke = (): void => wake.resolve();
    signal.addEventListener('abort', poke, { once: true });
    this.writings.push({
      request,
      write: (text) => {
        pieces.push(text);
        poke();
      },
      end: () => {
        ended = true;
        poke();
      },
      get aborted() {
        return signal.aborted;
      },
    });
    for (;;) {
      // Like a model that is slow to stop, it still yields what it has written, whether or not
      // anything reads it.
      for (const text of pieces.splice(0)) yield { type: 'text', text };
      if (ended) break;
      if (signal.aborted) throw new DOMException('given up', 'AbortError');
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
    yield* END;
  }
}

/** Answers with the customer's last message, word by word, `delayMs` apart. */
export function echoModel(delayMs = 0): Provider {
  return {
    name: 'echo',
    defaultModel: 'test-1',
    async *stream({ messages }, signal) {
      const last = messages.at(-1);
      const asked = last === undefined ? '' : messageText(last);
      for (const piece of `You said: ${asked}`.match(/\s*\S+/g) ?? []) {
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
        if (signal.aborted) throw new DOMException('given up', 'AbortError');
        yield { type: 'text', text: piece };
      }
      yield* END;
    },
  };
}
