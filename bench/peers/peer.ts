/** Each peer's file exports `open`, which is typed here. */
import type { Turns } from '../contestant.ts';
import type { Database } from '../databases.ts';

export interface Place {
  /**
   * An empty database on the PostgreSQL of the run. A peer with a store of its own leaves it empty.
   */
  readonly database: Database;
  readonly conversations: number;
  /**
   * `start` is what its documentation shows for a start. `tuned` is what it shows for throughput.
   * `other` is another way of that, where the faster one is not known before the run.
   */
  readonly variant: 'start' | 'tuned' | 'other';
}

export type OpenPeer = (place: Place) => Promise<Turns>;
