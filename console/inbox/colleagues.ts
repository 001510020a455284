/** Names of the agents whom an agent meets. They are loaded again for one who joined meanwhile. */
import type { SignedInAgent } from './auth-api.ts';
import type { Colleague, DeskApi } from './desk-api.ts';

export interface ColleaguesParts {
  readonly agent: SignedInAgent;
  readonly api: Pick<DeskApi, 'colleagues'>;
  /** Those that were loaded last. */
  readonly known: () => readonly Colleague[];
  readonly onLoaded: (colleagues: readonly Colleague[]) => void;
}

export class Colleagues {
  readonly #parts: ColleaguesParts;
  /** Agents for whom they were loaded again. */
  readonly #asked = new Set<string>();

  constructor(parts: ColleaguesParts) {
    this.#parts = parts;
  }

  /** Nothing happens if they cannot be loaded. */
  refresh(): void {
    this.#parts.api.colleagues().then(this.#parts.onLoaded, () => undefined);
  }

  /** Undefined for an agent who is not known. */
  nameOf(agentId: string): string | undefined {
    const { agent, known } = this.#parts;
    return agentId === agent.id ? agent.name : known().find(({ id }) => id === agentId)?.name;
  }

  /** An agent appeared, once for each. */
  meet(agentId: string | null): void {
    if (agentId === null || this.#asked.has(agentId) || this.nameOf(agentId) !== undefined) return;
    this.#asked.add(agentId);
    this.refresh();
  }
}
