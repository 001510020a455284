/**
 * Recomputes a session from its journal. It proves that the stored snapshot follows from the
 * inputs, and time travel and forks build on it. It is pure. It uses no store and no clock, and
 * runs no invocations and effects.
 *
 * Invariants
 * 1. For a journal that the host wrote, the snapshot after the last entry is the stored one, but
 *    for what the host itself keeps there (`lineage`).
 * 2. A replay that goes on from a checkpoint gives the same as one from the first entry.
 */
import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import type { RegisteredAssistant, Registry } from '../contract/registry.ts';
import { HostedActor } from '../interpreter/hosted-actor.ts';
import type { InvocationCommand, Step } from '../interpreter/step.ts';
import { decodeSnapshot, encodeSnapshot } from '../interpreter/stored-snapshot.ts';
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

/** Where a replay can go on. It is data, so that it can be kept and sent to another thread. */
export interface Checkpoint extends Replayed {
  /** Of the last entry before it that moved the machine. */
  readonly seq: number;
  /** The machine is that of quarantined sessions. */
  readonly quarantined: boolean;
  /** Invocations whose results the session waits for. */
  readonly running: readonly RunningInvocation[];
}

/** An invocation as a step requested it. */
export type StartedInvocation = Omit<Extract<InvocationCommand, { readonly type: 'start' }>, 'type'>;

/** With the entry that requested it, and when. */
export interface RunningInvocation extends StartedInvocation {
  readonly seq: number;
  readonly at: number;
}

/**
 * Replayer plays the entries of one journal, in order, from the first one or from a checkpoint on.
 *
 * @example
 * const first = new Replayer(registry, 'companion');
 * for (const entry of entries.slice(0, 500)) first.play(entry);
 * const later = new Replayer(registry, 'companion', first.checkpoint());
 * for (const entry of entries.slice(500)) later.play(entry);
 */
export class Replayer {
  #assistant: RegisteredAssistant | undefined;
  readonly #registry: Registry;
  #actor: HostedActor | undefined;
  #seq = 0;
  #quarantined = false;
  #running: readonly RunningInvocation[] = [];

  constructor(registry: Registry, assistant: string, from?: Checkpoint) {
    this.#registry = registry;
    this.#assistant = registry.assistant(assistant);
    if (from === undefined) return;
    if (from.quarantined) this.#quarantine();
    this.#seq = from.seq;
    this.#running = from.running;
    const definition = definitionOf(this.#assistant, from.machine, { seq: from.seq, kind: 'checkpoint' });
    this.#actor = HostedActor.restore(definition, decodeSnapshot(from.snapshot));
  }

  /** Undefined before the first entry. */
  get actor(): HostedActor | undefined {
    return this.#actor;
  }

  /**
   * Undefined for an entry that did not move the machine. The caller may read and persist the
   * actor, and must not step it. Throws `StatechatError` code `unreplayable` when the first entry
   * opens no session, or when the journal names an unknown machine.
   */
  play(entry: JournalEntry): ReplayedStep | undefined {
    const movement = movementOf(entry);
    if (!movement) return undefined;
    let step: Step | undefined;
    let actor = this.#actor;
    if (movement.kind === 'beginning') {
      const { machine, machineInput, firstSerial } = movement;
      // From here on it runs the machine of the quarantine, also of its later versions.
      if (entry.kind === 'quarantined') this.#quarantine();
      const opened = HostedActor.open(definitionOf(this.#assistant, machine, entry), machineInput, entry.at, firstSerial);
      actor = opened.actor;
      step = opened.step;
    } else if (movement.kind === 'migration') {
      actor = migrate(this.#assistant, actor, movement.from, entry);
    } else {
      if (!actor) throw unreplayable(entry, 'its first entry is no beginning');
      step = actor.step(movement.input, entry.at);
    }
    this.#actor = actor;
    this.#seq = entry.seq;
    if (step !== undefined) {
      const { seq, at } = entry;
      this.#running = [...this.#running, ...startedBy(step).map((started) => ({ ...started, seq, at }))];
    }
    return { entry, actor, step };
  }

  /** Invocations whose results the session waits for. */
  get running(): readonly RunningInvocation[] {
    this.#running = this.#running.filter(({ serial }) => this.#actor?.runs(serial));
    return this.#running;
  }

  /** Throws `StatechatError` code `unreplayable` before the first entry. */
  checkpoint(): Checkpoint {
    if (!this.#actor) throw new StatechatError('unreplayable', 'the journal is empty: give it from its first entry on');
    const { id, version } = this.#actor.definition;
    return {
      seq: this.#seq,
      machine: { id, version },
      snapshot: encodeSnapshot(this.#actor.persist()),
      quarantined: this.#quarantined,
      running: this.running,
    };
  }

  #quarantine(): void {
    this.#quarantined = true;
    this.#assistant = this.#registry.quarantine;
  }
}

/**
 * Plays `entries`, a session's journal from its first entry on, in order. `onStep` is called for
 * every entry that moved the machine. Throws what `Replayer` throws.
 */
export function replay(
  registry: Registry,
  session: Pick<SessionRow, 'assistant'>,
  entries: Iterable<JournalEntry>,
  onStep: (step: ReplayedStep) => void = () => {},
): Replayed {
  const replayer = new Replayer(registry, session.assistant);
  for (const entry of entries) {
    const played = replayer.play(entry);
    if (played) onStep(played);
  }
  const { snapshot, machine } = replayer.checkpoint();
  return { snapshot, machine };
}

/** What a step started, in order. */
export function startedBy({ invocations }: Pick<Step, 'invocations'>): readonly StartedInvocation[] {
  return invocations.flatMap((command) => {
    if (command.type !== 'start') return [];
    const { serial, id, path, input } = command;
    return [{ serial, id, path, input }];
  });
}

type Place = Pick<JournalEntry, 'seq' | 'kind'>;

function definitionOf(
  assistant: RegisteredAssistant | undefined,
  { id, version }: MachineVersion,
  place: Place,
): HostedActor['definition'] {
  if (!assistant) throw unreplayable(place, `no assistant is registered for ${id}@${version}`);
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

function unreplayable({ seq, kind }: Place, reason: string): StatechatError {
  return new StatechatError('unreplayable', `the journal can't be replayed at entry ${seq} (${kind}): ${reason}`, { facts: { seq } });
}
