/**
 * ConnectionLimits counts the connections of this instance, and wrong tokens by network.
 *
 * Invariants
 * 1. Connections are bounded in all, by network and by agent. Those without a valid token have a
 *    smaller bound of their own, so that they do not shut out agents.
 * 2. A network that sent `MOST_WRONG_TOKENS` within a minute has to wait for the next.
 */
import { LRUCache } from 'lru-cache';

const MOST_CONNECTIONS = 10_000;
/** A whole office may share an address. */
const MOST_OF_NETWORK = 1_000;
/** Windows and devices of one person. */
export const MOST_OF_AGENT = 20;
/** After a restart all consoles come at once. Checking a token takes milliseconds. */
const MOST_WITHOUT_TOKEN = 2_000;
export const MOST_WITHOUT_TOKEN_OF_NETWORK = 250;
/** A person does not get a token wrong so often. A program that guesses does. */
export const MOST_WRONG_TOKENS = 60;
const MINUTE = 60_000;
/** Networks whose wrong tokens are remembered. */
const MOST_NETWORKS = 10_000;

/** The place of one connection. */
export interface Place {
  /** Its token is valid. False if the agent has too many connections. */
  admit(agentId: string | undefined): boolean;
  leave(): void;
}

export class ConnectionLimits {
  #connections = 0;
  #withoutToken = 0;
  readonly #ofNetwork = new Counts();
  readonly #withoutTokenOfNetwork = new Counts();
  readonly #ofAgent = new Counts();
  readonly #wrongTokens: LRUCache<string, number>;

  /** @param now in milliseconds. */
  constructor(now: () => number) {
    this.#wrongTokens = new LRUCache({ max: MOST_NETWORKS, ttl: MINUTE, noUpdateTTL: true, ttlResolution: 0, perf: { now } });
  }

  hasRoom(network: string): boolean {
    return (
      this.#connections < MOST_CONNECTIONS &&
      this.#withoutToken < MOST_WITHOUT_TOKEN &&
      this.#ofNetwork.of(network) < MOST_OF_NETWORK &&
      this.#withoutTokenOfNetwork.of(network) < MOST_WITHOUT_TOKEN_OF_NETWORK
    );
  }

  take(network: string): Place {
    this.#connections += 1;
    this.#withoutToken += 1;
    this.#ofNetwork.add(network);
    this.#withoutTokenOfNetwork.add(network);
    let agent: string | undefined;
    let isAdmitted = false;
    const pass = (): void => {
      if (isAdmitted) return;
      isAdmitted = true;
      this.#withoutToken -= 1;
      this.#withoutTokenOfNetwork.remove(network);
    };
    return {
      admit: (agentId) => {
        if (agentId !== undefined && this.#ofAgent.of(agentId) >= MOST_OF_AGENT) return false;
        pass();
        agent = agentId;
        if (agentId !== undefined) this.#ofAgent.add(agentId);
        return true;
      },
      leave: () => {
        pass();
        this.#connections -= 1;
        this.#ofNetwork.remove(network);
        if (agent !== undefined) this.#ofAgent.remove(agent);
      },
    };
  }

  wrongToken(network: string): void {
    this.#wrongTokens.set(network, (this.#wrongTokens.get(network) ?? 0) + 1);
  }

  hasGuessed(network: string): boolean {
    return (this.#wrongTokens.get(network) ?? 0) >= MOST_WRONG_TOKENS;
  }
}

class Counts {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string): void {
    this.#counts.set(key, this.of(key) + 1);
  }

  remove(key: string): void {
    const left = this.of(key) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
