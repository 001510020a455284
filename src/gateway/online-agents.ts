/**
 * OnlineAgents records which agents have a console at this instance. The store keeps when each was
 * seen last, so that all instances know who is there, and a reload is no absence.
 *
 * Invariant: an agent with an open console is recorded three times within the time after which it
 * counts as offline.
 */
import type { HandoffRecords } from '#storage/handoff.ts';

export interface OnlineAgentsOptions {
  readonly records: Pick<HandoffRecords, 'seen'>;
  /** Time without a console after which an agent is offline, in milliseconds. */
  readonly offlineAfterMs: number;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export class OnlineAgents {
  readonly #options: OnlineAgentsOptions;
  /** Open consoles by agent. */
  readonly #consoles = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: OnlineAgentsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#record([...this.#consoles.keys()]), options.offlineAfterMs / 3).unref();
  }

  /** A console of the agent is open. It calls the result once when it closes. */
  open(agentId: string): () => void {
    this.#consoles.set(agentId, (this.#consoles.get(agentId) ?? 0) + 1);
    this.#record([agentId]);
    return () => {
      const left = (this.#consoles.get(agentId) ?? 1) - 1;
      if (left > 0) this.#consoles.set(agentId, left);
      else this.#consoles.delete(agentId);
      this.#record([agentId]);
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #record(agentIds: readonly string[]): void {
    const { records, now, onError } = this.#options;
    if (agentIds.length > 0) records.seen(agentIds, now()).catch(onError);
  }
}
