/**
 * Port for how many open sessions are in each state of each machine. Each store keeps it with the
 * sessions and has one (`StoreLifecycle.stateCounts`). Failures to reach the store are
 * `Unavailable`.
 */
export interface StateCount {
  readonly machineId: string;
  readonly machineVersion: number;
  readonly state: string;
  /** Open sessions. Not 0. */
  readonly sessions: number;
}

export interface StateCounts {
  /** As of the last commit, in no order. Closed sessions are not counted. */
  stateCounts(): Promise<readonly StateCount[]>;
}
