/** What readers of lists and pages take of a stored session, none of whom needs every session. */
import type { PersistedMachine } from '#machines/definition.ts';
import type { SessionRow } from '#storage/port.ts';
import { decodeSnapshot } from '../interpreter/stored-snapshot.ts';

/** Undefined for a snapshot that cannot be read. */
export function machineIn({ snapshot }: Pick<SessionRow, 'snapshot'>): PersistedMachine | undefined {
  try {
    return decodeSnapshot(snapshot).machine;
  } catch {
    return undefined;
  }
}
