/**
 * From a stored row to where a turn can start: finds the machine that the snapshot was made by, takes the snapshot
 * through the declared migrations to the newest version, or, when nothing can read it, hands the session to the
 * quarantine machine, with the unread snapshot kept word for word in the journal.
 */
import type { Json } from '#machines/definition.ts';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import type { SessionRow } from '#storage/port.ts';
import { machineName, type Opening, type RegisteredAssistant, type Registry } from '../contract/registry.ts';
import { HostedActor } from '../interpreter/hosted-actor.ts';
import { decodeEnvelope, type Envelope } from '../interpreter/stored-snapshot.ts';
import type { AddressState, Lineage, TurnStart } from './turn-start.ts';

/** How long providers may send an event again: at least 7 days (SPEC C6), and a day to spare. */
const REDELIVERY_MS = 8 * 24 * 60 * 60 * 1_000;
/** More predecessors than these within that time are a customer who opens a session every four hours. */
const MAX_LINEAGE = 50;

/** The session's machine is registered in another instance, and not here: this is not the one to hear anything for it, and nothing is wrong with it. */
export class RunsElsewhere extends Unavailable {
  constructor(row: SessionRow) {
    const machine = machineName(row);
    super(`${machine} is known to other instances and not to this one, as while a release is rolled out: send it again`, { machine });
    this.name = 'RunsElsewhere';
  }
}

/**
 * Reads a stored row. Throws `RunsElsewhere` when others have its machine, and what else is unreadable when there is no machine to
 * quarantine it with.
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
    return { open: true, start: quarantineStart(registry, row, reason, now) };
  }
}

/** Undefined: the copy cannot be read, and on its word nothing is quarantined and nobody's mail fails. */
export function addressStateOfCopy(registry: Registry, copy: SessionRow | undefined, now: number): AddressState | undefined {
  if (!copy?.open) return { open: false, previous: copy };
  try {
    return { open: true, start: readSession(registry, copy, now) };
  } catch {
    return undefined;
  }
}

/** Reads the snapshot with what is registered, without running anything. Throws `StatechatError`: unknown_machine, migration_failed, unreadable_snapshot. */
export function readSession(registry: Registry, row: SessionRow, now: number): TurnStart & { readonly envelope: Envelope } {
  const { machineId: id, machineVersion: version } = row;
  const stored = decodeEnvelope(row.snapshot);
  const assistant = ownerOf(registry, row);
  // A step that waits for its code goes on as it began: its machine's next load is soon enough.
  const migrated = stored.underWay === undefined && assistant.versions.path(id, version).length > 0;
  const { definition, persisted } = migrated
    ? assistant.versions.migrate({ id, version, persisted: stored.snapshot })
    : { definition: assistant.versions.find(id, version), persisted: stored.snapshot };
  const envelope = migrated ? { ...stored, snapshot: persisted } : stored;
  return {
    row,
    machine: assistant.machineOf(definition),
    envelope,
    actor: HostedActor.restore(definition, envelope),
    lineage: recent(stored.lineage ?? [], now),
    ...(migrated ? { migratedFrom: { id, version } } : {}),
  };
}

/** The assistant whose machine the row names: its own, or the one that quarantined sessions are handed to. */
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

/** The start of a turn for a session that nothing can read. Throws the reading's error when there is no quarantine machine. */
function quarantineStart(registry: Registry, row: SessionRow, error: StatechatError, now: number): TurnStart {
  const quarantine = registry.quarantine;
  if (!quarantine) throw error;
  const { assistant, address, id: sessionId, previousId } = row;
  const opening = { sessionId, address, assistant, now, previousId, hint: null };
  const firstEvent = quarantine.firstEvent?.(opening);
  return {
    row,
    machine: quarantine.newest,
    input: quarantine.binding.input ? quarantine.binding.input(opening) : opening,
    beginning: {
      kind: 'quarantined',
      payload: {
        code: error.code,
        reason: error.message,
        from: { id: row.machineId, version: row.machineVersion },
        snapshot: row.snapshot,
      },
    },
    ...(firstEvent === undefined ? {} : { firstEvent }),
    // Serials that the unread snapshot gave away must not be given again: their work may still be in the outbox.
    firstSerial: nextSerial(row.snapshot) ?? (row.version + 1) * 1_000,
    lineage: lineageOf(row.snapshot),
  };
}

function nextSerial(snapshot: Json): number | undefined {
  const underWay: unknown = Reflect.get(Object(snapshot), 'underWay');
  const next: unknown = Reflect.get(Object(underWay ?? snapshot), 'next');
  return Number.isSafeInteger(next) ? Number(next) : undefined;
}

function lineageOf(snapshot: Json): Lineage {
  try {
    return decodeEnvelope(snapshot).lineage ?? [];
  } catch {
    return [];
  }
}

/** The start of a turn that opens a session. Throws `InvalidInput` when there is no such assistant. */
export function openingStart(registry: Registry, opening: Opening, previous: SessionRow | undefined): TurnStart {
  const assistant = registry.assistant(opening.assistant);
  if (!assistant) {
    const known = registry.assistants().map(({ binding }) => binding.name);
    throw new InvalidInput(`there is no assistant "${opening.assistant}": choose one of ${known.join(', ')}`, {
      assistant: opening.assistant,
    });
  }
  const { definition } = assistant.newest;
  return {
    row: {
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
    },
    machine: assistant.newest,
    input: assistant.binding.input ? assistant.binding.input(opening) : { ...opening },
    lineage: lineageAfter(previous, opening.now),
  };
}

/** The lineage of a session that is about to be opened after `previous`. */
function lineageAfter(previous: SessionRow | undefined, now: number): Lineage {
  if (!previous) return [];
  return recent([{ id: previous.id, closedAt: previous.closedAt ?? now }, ...lineageOf(previous.snapshot)], now);
}

function recent(lineage: Lineage, now: number): Lineage {
  return lineage.filter(({ closedAt }) => now - closedAt < REDELIVERY_MS).slice(0, MAX_LINEAGE);
}
