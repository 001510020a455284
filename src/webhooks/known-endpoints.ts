/**
 * The endpoints as this instance knows them, so that a turn costs no lookup.
 *
 * Invariant. No turn is missed because this instance knows too little. While its knowledge is older
 * than `STALE_MS`, every turn counts as wanted. So an endpoint gets everything from `STALE_MS`
 * after it was made (`test/src/webhooks/follow.test.ts`).
 */
import { every } from '#actors/contract/waiting.ts';
import type { Clock } from '#machines/clock.ts';
import type { EndpointRecord, StoredEndpoint, Webhooks } from '#storage/webhooks.ts';

export interface KnownEndpointsOptions {
  readonly webhooks: Pick<Webhooks, 'endpoints'>;
  readonly clock: Clock;
  readonly onError: (where: string, error: unknown) => void;
}

/** Between two reads of the list, in milliseconds. */
const REFRESH_MS = 2_000;
const STALE_MS = 5_000;

export class KnownEndpoints {
  readonly #options: KnownEndpointsOptions;
  #records: readonly EndpointRecord[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  #stop = (): void => {};

  constructor(options: KnownEndpointsOptions) {
    this.#options = options;
  }

  /** Reads them, and again from time to time. */
  async start(): Promise<void> {
    const { clock, onError } = this.#options;
    await this.refresh().catch((error: unknown) => onError('reading the endpoints of webhooks', error));
    this.#stop = every(clock, REFRESH_MS, 'reading the endpoints of webhooks', () => this.refresh(), onError);
  }

  stop(): void {
    this.#stop();
  }

  async refresh(): Promise<void> {
    const at = this.#options.clock.now();
    const records = await this.#options.webhooks.endpoints();
    if (at < this.#readAt) return;
    this.#readAt = at;
    this.#records = records;
  }

  /** As they were at the last read. */
  get records(): readonly EndpointRecord[] {
    return this.#records;
  }

  /** False if endpoints may have been made that this instance does not know of. */
  get isCurrent(): boolean {
    return this.#options.clock.now() - this.#readAt <= STALE_MS;
  }

  /** No endpoint wants anything. */
  get isIdle(): boolean {
    return this.#records.length === 0 && this.isCurrent;
  }
}

/** What a session is filtered by. */
export interface SessionTraits {
  readonly assistant: string;
  readonly channel: string;
}

/** An endpoint that is disabled keeps its place in each session. */
export function wantsSession({ assistants, channels }: StoredEndpoint, { assistant, channel }: SessionTraits): boolean {
  return (assistants === null || assistants.includes(assistant)) && (channels === null || channels.includes(channel));
}
