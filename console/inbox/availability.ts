/**
 * Availability says whether rules give sessions to the agent who is signed in. The server keeps it
 * for all devices of the agent.
 */
import * as z from 'zod/mini';
import type { ApiRequest } from './api-request.ts';
import { Observable } from './observable.ts';

const status = z.object({ agents: z.array(z.object({ id: z.string(), away: z.boolean() })) });

export interface AvailabilityState {
  /** Undefined until it is known. */
  readonly isAway: boolean | undefined;
  readonly isChanging: boolean;
  /** The last change did not reach the server. */
  readonly hasFailed: boolean;
}

export class Availability {
  readonly state = new Observable<AvailabilityState>({ isAway: undefined, isChanging: false, hasFailed: false });
  readonly #api: ApiRequest;
  readonly #agentId: string;
  #changes = 0;

  constructor(api: ApiRequest, agentId: string) {
    this.#api = api;
    this.#agentId = agentId;
  }

  /** Rejects if it cannot be loaded. */
  async load(): Promise<void> {
    const changes = this.#changes;
    const { agents } = status.parse(await this.#api('GET', '/agents/status'));
    const own = agents.find(({ id }) => id === this.#agentId);
    // What the agent has just chosen is newer than what was read.
    if (changes === this.#changes) this.state.set({ isAway: own?.away, isChanging: false, hasFailed: false });
  }

  /** From available to away, or back. It does nothing until the state is known. */
  async toggle(): Promise<void> {
    const { isAway, isChanging } = this.state.snapshot();
    if (isAway === undefined || isChanging) return;
    this.#changes += 1;
    this.state.set({ isAway, isChanging: true, hasFailed: false });
    const hasFailed = await this.#api('PUT', '/account/available', { available: isAway }).then(
      () => false,
      () => true,
    );
    this.state.set({ isAway: hasFailed ? isAway : !isAway, isChanging: false, hasFailed });
  }
}
