/** What the actors count and time, for whoever collects it. Durations are milliseconds. */
export interface RuntimeMetrics {
  /** One statement that stored `turns` turns. */
  committed(turns: number, ms: number): void;
  /** A compare-and-set was lost, and the turn is played again. */
  conflict(): void;
  /** An event was taken in, and what became of it. */
  event(outcome: 'applied' | 'duplicate' | 'ignored' | 'refused' | 'parked'): void;
  /** A turn from the first look at its mail to its acknowledgement. */
  turn(ms: number): void;
  /** A timer fired this long after it was due. */
  timerFired(lateMs: number): void;
  effect(type: string, outcome: 'done' | 'retried' | 'failed', ms: number): void;
  run(outcome: 'settled' | 'stopped' | 'lost', ms: number): void;
}

export const noMetrics: RuntimeMetrics = {
  committed: () => {},
  conflict: () => {},
  event: () => {},
  turn: () => {},
  timerFired: () => {},
  effect: () => {},
  run: () => {},
};
