/** What each peer's file exports: `open`. */
import type { Turns } from '../contestant.ts';
import type { Database } from '../databases.ts';

export interface Place {
  /** An empty database on the PostgreSQL of the run. A peer with a store of its own leaves it empty. */
  readonly database: Database;
  readonly conversations: number;
  /**
   * `start`: as its documentation has it for a start. `tuned`: as it has it for throughput. `other`: another way of that, where it is not
   * plain which is the faster; the run tells.
   */
  readonly variant: 'start' | 'tuned' | 'other';
}

export type OpenPeer = (place: Place) => Promise<Turns>;
