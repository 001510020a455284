/**
 * Recomputes a session from its journal: the proof that what is stored follows from what was heard, and the ground that
 * time travel and forks stand on. Pure: no store, no clock; invocations and effects are not run.
 *
 * Invariant: for a journal that the host wrote, the envelope after the last entry is the stored snapshot, but for what
 * the host itself keeps there (`lineage`).
 */
import * as z from 'zod';
import type { Json, MachineEvent } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import type { RegisteredAssistant, Registry } from '../contract/registry.ts';
import { HostedActor } from '../interpreter/hosted-actor.ts';
import type { Stimulus } from '../interpreter/input.ts';
import type { Step } from '../interpreter/step.ts';
import type { Envelope } from '../interpreter/stored-snapshot.ts';

/** The session as it stood after one entry. */
export interface ReplayedStep {
  readonly entry: JournalEntry;
  readonly actor: HostedActor;
  /** What the entry's stimulus asked of the world. Absent where the entry brought only a machine. */
  readonly step: Step | undefined;
}

export interface Replayed {
  /** As it is to be stored. */
  readonly envelope: Envelope;
  readonly machine: { readonly id: string; readonly version: number };
}

const beginning = z.object({
  machine: z.object({ id: z.string(), version: z.number().int() }),
  input: z.unknown().optional(),
  firstSerial: z.number().int(),
});
const migration = z.object({
  from: z.object({ id: z.string(), version: z.number().int() }),
  to: z.object({ id: z.string(), version: z.number().int() }),
});
const stimulated = z.object({
  stimulus: z.looseObject({ kind: z.enum(['event', 'timer', 'drop', 'signal', 'wake', 'hold', 'release', 'skip', 'answer', 'abandon']) }),
});

/**
 * Plays `entries`, a session's journal from its first entry on, in order. `onStep` is shown every entry that moved the
 * machine; it may read and persist the actor, not step it.
 * Throws `StatechatError` code `unreplayable` when the journal does not begin with a beginning or names an unknown machine.
 */
export function replay(
  registry: Registry,
  session: Pick<SessionRow, 'assistant'>,
  entries: Iterable<JournalEntry>,
  onStep: (step: ReplayedStep) => void = () => {},
): Replayed {
  const assistant = registry.assistant(session.assistant);
  let actor: HostedActor | undefined;
  for (const entry of entries) {
    const begun = entry.kind === 'opened' || entry.kind === 'quarantined' ? beginning.safeParse(entry.payload) : undefined;
    const moved = stimulated.safeParse(entry.payload);
    let step: Step | undefined;
    if (begun?.success) {
      const { machine, input, firstSerial } = begun.data;
      const owner = entry.kind === 'quarantined' ? registry.quarantine : assistant;
      const opened = HostedActor.open(definitionOf(owner, machine, entry), input, entry.at, firstSerial);
      actor = opened.actor;
      step = opened.step;
    } else if (entry.kind === 'migrated') {
      actor = migrate(assistant, actor, migration.parse(entry.payload), entry);
    } else if (moved.success) {
      if (!actor) throw unreplayable(entry, 'its first entry is no beginning');
      step = actor.step(decodeStimulus(moved.data.stimulus), entry.at);
    } else continue;
    onStep({ entry, actor, step });
  }
  if (!actor) throw new StatechatError('unreplayable', 'the journal is empty: give it from its first entry on');
  const { id, version } = actor.definition;
  return { envelope: actor.persist(), machine: { id, version } };
}

function definitionOf(
  assistant: RegisteredAssistant | undefined,
  { id, version }: Replayed['machine'],
  entry: JournalEntry,
): HostedActor['definition'] {
  if (!assistant) throw unreplayable(entry, `no assistant is registered for ${id}@${version}`);
  return assistant.versions.find(id, version);
}

function migrate(
  assistant: RegisteredAssistant | undefined,
  actor: HostedActor | undefined,
  { from }: z.infer<typeof migration>,
  entry: JournalEntry,
): HostedActor {
  if (!actor || !assistant) throw unreplayable(entry, 'there is nothing to migrate');
  const envelope = actor.persist();
  const { definition, persisted } = assistant.versions.migrate({ ...from, persisted: roundTrip(envelope.snapshot) });
  return HostedActor.restore(definition, { ...envelope, snapshot: persisted });
}

/** As it came back from the store when it was migrated. */
function roundTrip<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function decodeStimulus(stored: Json | { readonly kind: string }): Stimulus {
  return stored as Stimulus & { readonly event?: MachineEvent };
}

function unreplayable(entry: JournalEntry, reason: string): StatechatError {
  return new StatechatError('unreplayable', `the journal can't be replayed at entry ${entry.seq} (${entry.kind}): ${reason}`, {
    facts: { sessionId: entry.sessionId, seq: entry.seq },
  });
}
