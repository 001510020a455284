/** What follows sessions from outside, such as webhooks, and gives their turns work for it. */
import type { Json } from '#machines/definition.ts';
import type { TurnCommit } from '#storage/port.ts';

/** The turn that is about to be committed. */
export type FollowedTurn = Pick<TurnCommit, 'session' | 'journal'>;

/** An effect without a lane. Its type must be registered. */
export interface FollowerEffect {
  readonly type: string;
  readonly params: Json;
}

/** Pure and fast, because every turn calls it. Undefined if nobody follows the session. */
export type Follow = (turn: FollowedTurn) => FollowerEffect | undefined;
