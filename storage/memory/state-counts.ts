import type { SessionRow } from '#storage/port.ts';
import type { StateCount, StateCounts } from '#storage/state-counts.ts';

type Counted = Pick<SessionRow, 'machineId' | 'machineVersion' | 'state' | 'open'>;

/** Counts in memory, which follow each commit. */
export class MemoryStateCounts implements StateCounts {
  readonly #counts = new Map<string, StateCount>();

  /** Undefined before a session is opened. */
  replace(before: Counted | undefined, after: Counted): void {
    if (before?.open === true) this.#add(before, -1);
    if (after.open) this.#add(after, 1);
  }

  async stateCounts(): Promise<readonly StateCount[]> {
    return [...this.#counts.values()];
  }

  #add({ machineId, machineVersion, state }: Counted, more: number): void {
    const key = JSON.stringify([machineId, machineVersion, state]);
    const sessions = (this.#counts.get(key)?.sessions ?? 0) + more;
    if (sessions === 0) this.#counts.delete(key);
    else this.#counts.set(key, { machineId, machineVersion, state, sessions });
  }
}
