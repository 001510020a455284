/**
 * Knowledge is what a mailbox knows of its address. It is one state, and the mailbox's loop makes
 * the next one from it.
 *
 *   unloaded ──────load, a copy will do──────▶ loading ──▶ copy
 *   suspect ────load from the store itself───▶ loading ──▶ verified (current if no message waited)
 *   copy, current, verified ────────turn─────▶ committing ──▶ current
 *
 * From there the ways back are these.
 * - copy, current, verified ──▶ suspect when a caller requests the stored state, and when a state
 *   that may be out of date would decide something without a commit. That is a message for another
 *   session (copy, current) or an empty turn (copy).
 * - loading ──▶ suspect when the copy can't be read, when reading from the store itself failed, and
 *   when a caller requested the stored state meanwhile. It goes back to unloaded when reading a
 *   copy failed.
 * - committing ──▶ suspect when the compare-and-set is lost, or a caller requested the stored
 *   state meanwhile. It goes to unloaded when an event was a duplicate, and when the turn or its
 *   commit failed.
 * - verified ──▶ current after one turn, because the messages that it covers are settled.
 * - loading, committing ──▶ unloaded when the session turns out to be at another address, or its
 *   turn has moved it there.
 */
import type { SessionRow } from '#storage/port.ts';
import type { AddressState } from './activation.ts';

/**
 * Nothing is known. The next load uses `row`, which the sender already loaded, or a copy that may
 * be behind.
 */
interface Unloaded {
  readonly name: 'unloaded';
  readonly row?: SessionRow | undefined;
}

/**
 * What is known may be wrong. The next load reads from the store itself, and keeps `last` if it
 * turns out not to be behind.
 */
interface Suspect {
  readonly name: 'suspect';
  readonly last?: AddressState;
}

/**
 * The row is being read. With `reload`, the load after this one must read from the store itself.
 */
export interface Loading {
  readonly name: 'loading';
  reload: boolean;
}

/**
 * `copy` was read from what may be a hot copy, and nothing was committed on it. `current` is what
 * this process committed last, or read from the store itself earlier. `verified` was read from the
 * store itself while the first `covers` of the messages waited.
 */
export type Known =
  | { readonly name: 'copy'; readonly state: AddressState }
  | { readonly name: 'current'; readonly state: AddressState }
  | { readonly name: 'verified'; readonly state: AddressState; readonly covers: number };

/**
 * The actor is being stepped and its turn committed. With `reload`, the load after this must read
 * from the store itself.
 */
export interface Committing {
  readonly name: 'committing';
  reload: boolean;
}

export type Knowledge = Unloaded | Suspect | Loading | Known | Committing;

/** The next load reads from the store itself. */
export function suspected(known: Knowledge): Knowledge {
  switch (known.name) {
    case 'loading':
    case 'committing':
      // A load or commit that is under way continues, and takes this into account when it ends.
      known.reload = true;
      return known;
    case 'copy':
    case 'current':
    case 'verified':
      return { name: 'suspect', last: known.state };
    case 'unloaded':
      return { name: 'suspect' };
    case 'suspect':
      return known;
  }
}

/** Nothing is known any more, after a failure and after a commit that stored nothing. */
export function forgotten(known: Knowledge): Knowledge {
  const reload = known.name === 'suspect' || ((known.name === 'loading' || known.name === 'committing') && known.reload);
  return { name: reload ? 'suspect' : 'unloaded' };
}

/**
 * A load has ended with `state`, which is undefined if the copy can't be read. `covers` is how many
 * messages waited when a load from the store itself began. It is undefined if a copy was enough.
 */
export function loaded({ reload }: Loading, state: AddressState | undefined, covers: number | undefined): Knowledge {
  if (state === undefined) return { name: 'suspect' };
  if (reload) return { name: 'suspect', last: state };
  if (covers === undefined) return { name: 'copy', state };
  return covers > 0 ? { name: 'verified', state, covers } : { name: 'current', state };
}

/** A turn has ended with `state`, and that is stored. */
export function committed({ reload }: Committing, state: AddressState): Knowledge {
  return reload ? { name: 'suspect', last: state } : { name: 'current', state };
}

/**
 * The actor in memory holds more than its row, because its code has sent what no turn has taken. It
 * stays if it is not behind.
 */
export function isSameVersion(last: AddressState, row: SessionRow | undefined): boolean {
  return last.open && last.start.row.id === row?.id && last.start.row.version === row.version;
}
