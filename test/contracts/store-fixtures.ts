import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import { type Address, parseAddress, parseSessionId, type SessionId } from '#machines/ids.ts';
import type { JournalEntry, SessionRow, TurnCommit, WorkItem } from '#storage/port.ts';

export const NOW = 1_790_000_000_000;
export const LEASE = NOW + 30_000;

export function newId(): SessionId {
  return parseSessionId(v7());
}

export function newAddress(): Address {
  return parseAddress(`web:default:${randomUUID()}`);
}

export function newSession(parts: Partial<SessionRow> = {}): SessionRow {
  return {
    id: newId(),
    address: newAddress(),
    assistant: 'companion',
    machineId: 'session',
    machineVersion: 1,
    version: 0,
    state: 'ACTIVE',
    handler: 'bot',
    agentId: null,
    tags: [],
    queue: null,
    waitingSince: null,
    open: true,
    snapshot: { value: 'ACTIVE', context: { count: 0 } },
    wakeAt: null,
    openedAt: NOW,
    lastActivityAt: NOW,
    closedAt: null,
    previousId: null,
    ...parts,
  };
}

type EntryParts = Partial<Omit<JournalEntry, 'sessionId' | 'seq'>>;
type WorkParts = Partial<Omit<WorkItem, 'sessionId'>> & Pick<WorkItem, 'serial'>;

export interface TurnParts extends Partial<Omit<TurnCommit, 'session' | 'journal' | 'work' | 'expectedVersion'>> {
  /** What of the row the turn changes. */
  readonly row?: Partial<SessionRow>;
  readonly journal?: readonly EntryParts[];
  readonly work?: readonly WorkParts[];
}

/**
 * Turn on `before`, from whose version it is computed. One plain entry unless `journal` is given.
 */
export function turnOn(before: SessionRow, { row, journal = [{}], work = [], ...rest }: TurnParts = {}): TurnCommit {
  return {
    session: { ...before, ...row, version: before.version + journal.length },
    expectedVersion: before.version,
    journal: journal.map((entry, index) => ({
      sessionId: before.id,
      seq: before.version + index + 1,
      at: NOW,
      kind: 'customer.message',
      author: 'customer',
      text: 'hello',
      eventId: null,
      payload: null,
      delivery: null,
      ...entry,
    })),
    work: work.map((item) => ({
      sessionId: before.id,
      seq: before.version + 1,
      kind: 'effect',
      lane: null,
      type: 'message.send',
      payload: { text: 'hi' },
      attempts: 0,
      notBefore: NOW,
      progress: null,
      ...item,
    })),
    settled: [],
    deliveries: [],
    lineage: [],
    ...rest,
  };
}
