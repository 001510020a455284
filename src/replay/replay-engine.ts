/** Where entries of a journal are played. */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Registry } from '#actors/contract/registry.ts';
import { type Moment, momentAfter } from '#actors/session/moment.ts';
import { type Checkpoint, Replayer } from '#actors/session/replay.ts';
import type { JournalEntry } from '#storage/port.ts';

export interface ReplayJob {
  readonly assistant: string;
  /** What the entries follow. Absent if they begin the journal. */
  readonly from?: Checkpoint;
  readonly entries: readonly JournalEntry[];
}

/** Rejects with `StatechatError` code `unreplayable`, and with `Unavailable` if it is stopped. */
export interface ReplayEngine {
  checkpoint(job: ReplayJob): Promise<Checkpoint>;
  moment(job: ReplayJob): Promise<Moment>;
  close(): Promise<void>;
}

/**
 * Plays in this thread. For programs whose assistants another thread could not load, and within the
 * thread itself.
 */
export function engineOf(registry: Registry): ReplayEngine {
  return {
    async checkpoint({ assistant, from, entries }) {
      await turnOfTheLoop();
      const replayer = new Replayer(registry, assistant, from);
      for (const entry of entries) replayer.play(entry);
      return plain(replayer.checkpoint());
    },
    async moment({ assistant, from, entries }) {
      await turnOfTheLoop();
      return momentAfter(registry, assistant, from, entries);
    },
    close: async () => {},
  };
}

/** As another thread gets it. A snapshot may share its parts with an actor that goes on. */
function plain(checkpoint: Checkpoint): Checkpoint {
  return JSON.parse(JSON.stringify(checkpoint));
}
