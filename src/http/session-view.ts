/** How sessions and journal entries look to callers. Times are milliseconds since the epoch. */
import type { JournalEntry, SessionRow } from '#storage/port.ts';

/** Without the snapshot: that is for who asks for one session. */
export function sessionView(row: SessionRow) {
  const { snapshot: _snapshot, wakeAt: _wakeAt, machineId, machineVersion, ...shown } = row;
  return { ...shown, machine: { id: machineId, version: machineVersion } };
}

export function entryView({ sessionId: _sessionId, ...shown }: JournalEntry) {
  return shown;
}

/** An entry that a search found: which session it stands in, and where. */
export function matchView({ sessionId, seq, at, kind, author, text }: JournalEntry) {
  return { sessionId, seq, at, kind, author, text };
}
