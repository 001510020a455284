/**
 * TokenUses remembers when tokens were used, and writes it once a minute, so that a call costs the
 * store nothing more. Those of one minute are lost if the process dies.
 */
import { every } from '#actors/contract/waiting.ts';
import type { Clock } from '#machines/clock.ts';
import type { ApiTokens } from '#storage/api-tokens.ts';

/** How late the time of a last use is shown, in milliseconds. */
const WRITE_MS = 60_000;

export interface TokenUsesParts {
  readonly tokens: Pick<ApiTokens, 'recordApiTokenUses'>;
  readonly clock: Clock;
  readonly onError: (where: string, error: unknown) => void;
}

export class TokenUses {
  readonly #parts: TokenUsesParts;
  #uses = new Map<string, number>();
  readonly #stop: () => void;

  constructor(parts: TokenUsesParts) {
    this.#parts = parts;
    this.#stop = every(parts.clock, WRITE_MS, 'writing when tokens were used', () => this.#write(), parts.onError);
  }

  used(id: string): void {
    this.#uses.set(id, this.#parts.clock.now());
  }

  /** Writes what is left. Never rejects. */
  async close(): Promise<void> {
    this.#stop();
    await this.#write().catch((error: unknown) => this.#parts.onError('writing when tokens were used', error));
  }

  async #write(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = this.#uses;
    this.#uses = new Map();
    try {
      await this.#parts.tokens.recordApiTokenUses([...uses].map(([id, at]) => ({ id, at })));
    } catch (error) {
      // The next round writes them, unless they were used since.
      for (const [id, at] of uses) if (!this.#uses.has(id)) this.#uses.set(id, at);
      throw error;
    }
  }
}
