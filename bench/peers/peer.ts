/** What each peer's file exports: `open`. */
import type { Turns } from '../contestant.ts';
import type { Database } from '../databases.ts';

export interface Place {
  /** An empty database on the PostgreSQL of the run. A peer with a store of its own leaves it empty. */
  readonly database: Database;
  readonly conversations: number;
  /** As its documentation has it for throughput, instead of as it has it for a start. */
  readonly tuned: boolean;
}

export type OpenPeer = (place: Place) => Promise<Turns>;
