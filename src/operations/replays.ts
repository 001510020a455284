/** Port for moments of sessions (src/replay). */
import type { Moment } from '#actors/session/moment.ts';
import type { Checkpoint } from '#actors/session/replay.ts';
import type { SessionRow } from '#storage/port.ts';

type Session = Pick<SessionRow, 'id' | 'assistant'>;

/** Both throw `StatechatError` code `unreplayable`, also if there is no such entry. */
export interface Replays {
  momentAt(session: Session, seq: number): Promise<Moment>;
  /** Where a fork begins, and the time of its entry. */
  checkpointAt(session: Session, seq: number): Promise<{ readonly checkpoint: Checkpoint; readonly at: number }>;
}
