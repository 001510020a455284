/**
 * From a stored row to where a turn can start. It finds the machine that made the snapshot and
 * takes the snapshot through the declared migrations to the newest version. When no machine can
 * read it, or a new session cannot begin, the session is handed to the quarantine machine, and the
 * unread snapshot is kept in the journal.
 */
import type { Json, MachineEvent } from '#machines/definition.ts';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import type { SessionRow } from '#storage/port.ts';
import {
  machineName,
  type Opening,
  type QuarantineReason,
  type RegisteredAssistant,
  type RegisteredMachine,
  type Registry,
} from '../contract/registry.ts';
import { HostedActor } from '../interpreter/hosted-actor.ts';
import { toJson } from '../interpreter/serialize.ts';
import { decodeSnapshot, nextSerialIn, type StoredSnapshot } from '../interpreter/stored-snapshot.ts';
import { reasonOf } from './turn-result.ts';

/**
 * What is known to be stored at an address, which is an open session, or none, after a closed one.
 */
export type AddressState =
  | { readonly open: true; readonly start: TurnStart }
  | { readonly open: false; readonly previous: SessionRow | undefined };

/**
 * Start of a turn, which is an open session as it is stored, or one about to be opened (its row has
 * version 0).
 */
export interface TurnStart {
  readonly row: SessionRow;
  readonly machine: RegisteredMachine;
  /**
   * The state of the machine. If absent, the machine begins in its initial state, from
   * `machineInput`.
   */
  readonly snapshot?: StoredSnapshot;
  /**
   * An actor restored from the snapshot. The turn changes it, so no one else can use it afterwards.
   */
  readonly actor?: HostedActor;
  readonly machineInput?: Json | undefined;
  /**
   * The kind of the journal entry of the beginning, and what it adds to the payload. Default is
   * `opened`. Set for a session in quarantine.
   */
  readonly beginning?: { readonly kind: string; readonly payload: { readonly [key: string]: Json } };
  /** The event that a beginning takes before any waiting message. */
  readonly firstEvent?: MachineEvent;
  /** The machine was migrated from this version. It is journalled before anything else. */
  readonly migratedFrom?: { readonly id: string; readonly version: number };
  /** The first serial that a beginning may use. */
  readonly firstSerial?: number;
  /** Earlier sessions of the address that an event may still belong to. */
  readonly lineage: Lineage;
}

/**
 * Earlier sessions of an address, closed so recently that a provider may still send their events
 * again.
 */
export type Lineage = NonNullable<StoredSnapshot['lineage']>;

/**
 * How long providers may send an event again. It is at least 7 days (SPEC C6), and a day to spare.
 */
const REDELIVERY_MS = 8 * 24 * 60 * 60 * 1_000;
/**
 * A customer has more predecessors than these within that time only by opening a session every four
 * hours.
 */
const MAX_LINEAGE = 50;

/**
 * The session's machine is registered in other instances and not in this one, so only they can take
 * its events. The session is fine.
 */
export class RunsElsewhere extends Unavailable {
  constructor(row: SessionRow) {
    const machine = machineName(row);
    super(`${machine} is known to other instances and not to this one, as while a release is rolled out: send it again`, { machine });
    this.name = 'RunsElsewhere';
  }
}

/**
 * Reads a stored row. Throws `RunsElsewhere` when other instances have its machine. Throws the
 * error of reading it when there is no quarantine machine.
 */
export function addressStateOf(
  registry: Registry,
  row: SessionRow | undefined,
  now: number,
  runsElsewhere: (row: SessionRow) => boolean,
): AddressState {
  if (!row?.open) return { open: false, previous: row };
  try {
    return { open: true, start: readSession(registry, row, now) };
  } catch (error) {
    if (error instanceof StatechatError && error.code === 'unknown_machine' && runsElsewhere(row)) throw new RunsElsewhere(row);
    const reason =
      error instanceof StatechatError
        ? error
        : new StatechatError('unreadable_snapshot', `migrating the snapshot failed: ${String(error)}`, { cause: error });
    return { open: true, start: quarantineStart(registry, row, 'unreadable', reason, now) };
  }
}

/**
 * Undefined for a copy that cannot be read. A copy may be stale, so no session is quarantined and
 * no message fails because of it.
 */
export function addressStateOfCopy(registry: Registry, copy: SessionRow | undefined, now: number): AddressState | undefined {
  if (!copy?.open) return { open: false, previous: copy };
  try {
    return { open: true, start: readSession(registry, copy, now) };
  } catch {
    return undefined;
  }
}

/**
 * Reads the snapshot with the registered machines, without running anything. Throws
 * `StatechatError` unknown_machine, migration_failed or unreadable_snapshot.
 */
export function readSession(registry: Registry, row: SessionRow, now: number): TurnStart & { readonly snapshot: StoredSnapshot } {
  const { machineId: id, machineVersion: version } = row;
  const stored = decodeSnapshot(row.snapshot);
  const assistant = ownerOf(registry, row);
  // A step that waits for code continues with the machine that it began with. The session is
  // migrated at a later load.
  const migrated = stored.interruptedStep === undefined && assistant.versions.path(id, version).length > 0;
  const { definition, persisted } = migrated
    ? assistant.versions.migrate({ id, version, persisted: stored.machine })
    : { definition: assistant.versions.find(id, version), persisted: stored.machine };
  const snapshot = migrated ? { ...stored, machine: persisted } : stored;
  return {
    row,
    machine: assistant.machineOf(definition),
    snapshot,
    actor: HostedActor.restore(definition, snapshot),
    lineage: recent(stored.lineage ?? [], now),
    ...(migrated ? { migratedFrom: { id, version } } : {}),
  };
}

/**
 * The assistant that has the row's machine. It is the session's own, or that of quarantined
 * sessions.
 */
function ownerOf(registry: Registry, row: SessionRow): RegisteredAssistant {
  const assistant = registry.assistant(row.assistant);
  const isQuarantined = registry.quarantine?.binding.definitions.some(
    ({ id, version }) => id === row.machineId && version === row.machineVersion,
  );
  const knows = assistant?.binding.definitions.some(({ id }) => id === row.machineId);
  if (registry.quarantine && isQuarantined && !knows) return registry.quarantine;
  if (assistant) return assistant;
  throw new StatechatError('unknown_machine', `there is no assistant "${row.assistant}": register it again, or migrate its sessions`, {
    facts: { assistant: row.assistant, machine: row.machineId, version: row.machineVersion },
  });
}

/**
 * The start of a turn for a session that no machine can read, or that cannot begin. Throws `error`
 * when there is no quarantine machine.
 */
function quarantineStart(registry: Registry, row: SessionRow, why: QuarantineReason, error: unknown, now: number): TurnStart {
  const quarantine = registry.quarantine;
  if (!quarantine) throw error;
  const { assistant, address, id: sessionId, previousId } = row;
  const opening = { sessionId, address, assistant, now, previousId, hint: null };
  const firstEvent = quarantine.firstEvent?.(opening, why);
  return {
    row,
    machine: quarantine.newest,
    machineInput: quarantine.binding.input ? quarantine.binding.input(opening) : opening,
    beginning: {
      kind: 'quarantined',
      payload: {
        code: error instanceof StatechatError ? error.code : 'defect',
        reason: reasonOf(error),
        from: { id: row.machineId, version: row.machineVersion },
        snapshot: row.snapshot,
      },
    },
    ...(firstEvent === undefined ? {} : { firstEvent }),
    // Serials that the unread snapshot gave away must not be given again. Their work may still be
    // in the outbox.
    firstSerial: nextSerialIn(row.snapshot) ?? (row.version + 1) * 1_000,
    lineage: lineageOf(row.snapshot),
  };
}

function lineageOf(snapshot: Json): Lineage {
  try {
    return decodeSnapshot(snapshot).lineage ?? [];
  } catch {
    return [];
  }
}

/**
 * The start of a turn that opens a session in quarantine, because its own machine cannot begin. A
 * human is called, and the message is kept. Throws `error` when it is the caller's fault, when
 * there is no quarantine machine, and when that one cannot begin.
 */
export function quarantinedOpening(registry: Registry, { row, lineage, beginning }: TurnStart, error: unknown, now: number): TurnStart {
  if (beginning !== undefined || error instanceof InvalidInput) throw error;
  return { ...quarantineStart(registry, row, 'cannot begin', error, now), lineage };
}

/**
 * The start of a turn that opens a session. Throws `InvalidInput` when there is no such assistant.
 */
export function openingStart(registry: Registry, opening: Opening, previous: SessionRow | undefined): TurnStart {
  const assistant = registry.assistant(opening.assistant);
  if (!assistant) {
    const known = registry.assistants().map(({ binding }) => binding.name);
    throw new InvalidInput(`there is no assistant "${opening.assistant}": choose one of ${known.join(', ')}`, {
      assistant: opening.assistant,
    });
  }
  const { definition } = assistant.newest;
  const row: SessionRow = {
    id: opening.sessionId,
    address: opening.address,
    assistant: opening.assistant,
    machineId: definition.id,
    machineVersion: definition.version,
    version: 0,
    state: '',
    handler: 'none',
    agentId: null,
    tags: [],
    queue: null,
    waitingSince: null,
    open: true,
    snapshot: null,
    wakeAt: null,
    openedAt: opening.now,
    lastActivityAt: opening.now,
    closedAt: null,
    previousId: opening.previousId,
  };
  const start: TurnStart = { row, machine: assistant.newest, lineage: lineageAfter(previous, opening.now) };
  try {
    const { input } = assistant.binding;
    return { ...start, machineInput: input ? toJson(input(opening, previous), 'input of the machine') : { ...opening } };
  } catch (error) {
    return quarantinedOpening(registry, start, error, opening.now);
  }
}

/** The lineage of a session that is about to be opened after `previous`. */
function lineageAfter(previous: SessionRow | undefined, now: number): Lineage {
  if (!previous) return [];
  return recent([{ id: previous.id, closedAt: previous.closedAt ?? now }, ...lineageOf(previous.snapshot)], now);
}

function recent(lineage: Lineage, now: number): Lineage {
  return lineage.filter(({ closedAt }) => now - closedAt < REDELIVERY_MS).slice(0, MAX_LINEAGE);
}

/** The lineage with `ancestors` before it, which are sessions that this one takes the place of. */
export function withAncestors(ancestors: Lineage, lineage: Lineage): Lineage {
  if (ancestors.length === 0) return lineage;
  return [...ancestors, ...lineage.filter(({ id }) => ancestors.every((ancestor) => ancestor.id !== id))];
}
