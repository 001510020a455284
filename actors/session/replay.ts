/**
 * Recomputes a session from its journal. It proves that the stored snapshot follows from the
 * inputs, and time travel and forks build on it. It is pure. It uses no store and no clock, and
 * runs no invocations and effects.
 *
 * Invariant. For a journal that the host wrote, the snapshot after the last entry is the stored
 * one, but for what the host itself keeps there (`lineage`).
 */
import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import type { RegisteredAssistant, Registry } from '../contract/registry.ts';
import { HostedActor } from '../interpreter/hosted-actor.ts';
import type { Step } from '../interpreter/step.ts';
import { encodeSnapshot } from '../interpreter/stored-snapshot.ts';
import { type MachineVersion, movementOf } from './journal-payload.ts';

/** The session after one entry. */
export interface ReplayedStep {
  readonly entry: JournalEntry;
  readonly actor: HostedActor;
  /** Effects of the entry's input. Absent for a migration. */
  readonly step: Step | undefined;
}

export interface Replayed {
  /** In its stored form, as in `SessionRow`. */
  readonly snapshot: Json;
  readonly machine: MachineVersion;
}

/**
 * Plays `entries`, a session's journal from its first entry on, in order. `onStep` is called for
 * every entry that moved the machine. It may read and persist the actor, and must not step it.
 * Throws `StatechatError` code `unreplayable` when the first entry opens no session, or when the
 * journal names an unknown machine.
 */
export function replay(
  registry: Registry,
  session: Pick<SessionRow, 'assistant'>,
  entries: Iterable<JournalEntry>,
  onStep: (step: ReplayedStep) => void = () => {},
): Replayed {
  let assistant = registry.assistant(session.assistant);
  let actor: HostedActor | undefined;
  for (const entry of entries) {
    const movement = movementOf(entry);
    if (!movement) continue;
    let step: Step | undefined;
    if (movement.kind === 'beginning') {
      const { machine, machineInput, firstSerial } = movement;
      // From here on it runs the machine of the quarantine, also of its later versions.
      if (entry.kind === 'quarantined') assistant = registry.quarantine;
      const opened = HostedActor.open(definitionOf(assistant, machine, entry), machineInput, entry.at, firstSerial);
      actor = opened.actor;
      step = opened.step;
    } else if (movement.kind === 'migration') {
      actor = migrate(assistant, actor, movement.from, entry);
    } else {
      if (!actor) throw unreplayable(entry, 'its first entry is no beginning');
      step = actor.step(movement.input, entry.at);
    }
    onStep({ entry, actor, step });
  }
  if (!actor) throw new StatechatError('unreplayable', 'the journal is empty: give it from its first entry on');
  const { id, version } = actor.definition;
  return { snapshot: encodeSnapshot(actor.persist()), machine: { id, version } };
}

function definitionOf(
  assistant: RegisteredAssistant | undefined,
  { id, version }: MachineVersion,
  entry: JournalEntry,
): HostedActor['definition'] {
  if (!assistant) throw unreplayable(entry, `no assistant is registered for ${id}@${version}`);
  return assistant.versions.find(id, version);
}

function migrate(
  assistant: RegisteredAssistant | undefined,
  actor: HostedActor | undefined,
  from: MachineVersion,
  entry: JournalEntry,
): HostedActor {
  if (!actor || !assistant) throw unreplayable(entry, 'there is nothing to migrate');
  const snapshot = actor.persist();
  const { definition, persisted } = assistant.versions.migrate({ ...from, persisted: roundTrip(snapshot.machine) });
  return HostedActor.restore(definition, { ...snapshot, machine: persisted });
}

/** The value as the store returned it when it was migrated. */
function roundTrip<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function unreplayable(entry: JournalEntry, reason: string): StatechatError {
  return new StatechatError('unreplayable', `the journal can't be replayed at entry ${entry.seq} (${entry.kind}): ${reason}`, {
    facts: { sessionId: entry.sessionId, seq: entry.seq },
  });
}
