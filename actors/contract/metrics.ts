/** What the actors count and time. Durations are milliseconds. */
export interface RuntimeMetrics {
  /** One statement that stored `turns` turns. */
  committed(turns: number, ms: number): void;
  /** A statement failed because the store was away, slow, full or read-only. */
  commitFailed(): void;
  /** A compare-and-set was lost, and the turn is played again. */
  conflict(): void;
  /** An event was settled, with this outcome. */
  event(outcome: 'applied' | 'duplicate' | 'ignored' | 'refused' | 'parked'): void;
  /** A turn took this long, from admitting its messages to settling them. */
  turn(ms: number): void;
  /** A timer fired this long after it was due. */
  timerFired(lateMs: number): void;
  effect(type: string, outcome: 'done' | 'retried' | 'failed', ms: number): void;
  run(outcome: 'settled' | 'stopped' | 'lost', ms: number): void;
}

export const noMetrics: RuntimeMetrics = {
  committed: () => {},
  commitFailed: () => {},
  conflict: () => {},
  event: () => {},
  turn: () => {},
  timerFired: () => {},
  effect: () => {},
  run: () => {},
};
