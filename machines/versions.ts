/**
 * Versions of machines (S8). They say which definition a stored session belongs to, and the path to
 * a newer one. Pure logic over a list of definitions. The host reads and writes live sessions.
 *
 * Invariants
 * 1. A session only moves by declared migrations, one version after another.
 * 2. An unreadable session is a named error, never a reset.
 */
import { createActor, type Snapshot } from 'xstate';
import type { MachineDefinition, PersistedMachine } from './definition.ts';
import { InvalidInput, StatechatError } from './errors.ts';

/** No definition, and no migration, is known for a stored session. Put it in quarantine. */
export class UnknownMachine extends StatechatError {
  constructor(id: string, version: number, known: readonly number[]) {
    const have = known.length === 0 ? `no machine "${id}" is registered` : `registered are ${known.map((v) => `${id}@${v}`).join(', ')}`;
    super('unknown_machine', `No machine ${id}@${version}: ${have}. Register it, or a later version with a migration from ${version}`, {
      facts: { id, version, known: [...known] },
    });
    this.name = 'UnknownMachine';
  }
}

/**
 * A migration threw, or returned a snapshot that its machine cannot restore. The session is left as
 * it was.
 */
export class MigrationFailed extends StatechatError {
  constructor(id: string, from: number, to: number, reason: string, cause?: unknown) {
    super('migration_failed', `The migration of ${id}@${from} to ${id}@${to} failed: ${reason}`, { facts: { id, from, to }, cause });
    this.name = 'MigrationFailed';
  }
}

/** A session's machine as it is stored. */
interface StoredMachine {
  readonly id: string;
  readonly version: number;
  readonly persisted: PersistedMachine;
}

interface Migrated {
  readonly definition: MachineDefinition;
  readonly persisted: PersistedMachine;
  /** Versions that it was migrated to, in order. Empty if it was left as it is. */
  readonly steps: readonly number[];
}

/** What a dry run found for one session. */
export type DryRunOutcome =
  | { readonly status: 'unchanged'; readonly version: number }
  | { readonly status: 'migrates'; readonly from: number; readonly to: number; readonly steps: readonly number[] }
  | { readonly status: 'unreadable'; readonly error: StatechatError };

export interface DryRunReport<K> {
  readonly unchanged: number;
  readonly migrates: number;
  readonly unreadable: readonly { readonly key: K; readonly error: StatechatError }[];
}

export interface MachineVersions {
  /** The definition of exactly this version. Throws `UnknownMachine`. */
  find(id: string, version: number): MachineDefinition;
  /** What new sessions begin with. Throws `UnknownMachine`. */
  newest(id: string): MachineDefinition;
  /**
   * Definitions that a stored version is migrated through, oldest first. Empty if it stays. Throws
   * `UnknownMachine`.
   */
  path(id: string, version: number): readonly MachineDefinition[];
  /** Pure. Throws `UnknownMachine` or `MigrationFailed`. */
  migrate(stored: StoredMachine): Migrated;
  dryRun(stored: StoredMachine): DryRunOutcome;
}

/**
 * Throws `InvalidInput` if two definitions have the same id and version, or if a version or
 * migration is invalid.
 */
export function machineVersions(definitions: readonly MachineDefinition[]): MachineVersions {
  for (const [index, definition] of definitions.entries()) check(definition, definitions.slice(0, index));

  const of = (id: string) => definitions.filter((definition) => definition.id === id).sort((a, b) => a.version - b.version);
  const unknown = (id: string, version: number) =>
    new UnknownMachine(
      id,
      version,
      of(id).map((definition) => definition.version),
    );
  const exact = (id: string, version: number) => of(id).find((definition) => definition.version === version);

  const versions: MachineVersions = {
    find(id, version) {
      const found = exact(id, version);
      if (!found) throw unknown(id, version);
      return found;
    },
    newest(id) {
      const found = of(id).at(-1);
      if (!found) throw unknown(id, 1);
      return found;
    },
    path(id, version) {
      const steps: MachineDefinition[] = [];
      let at = version;
      for (;;) {
        const next = of(id).findLast((definition) => definition.migrateFrom?.version === at);
        if (!next) break;
        steps.push(next);
        at = next.version;
      }
      if (steps.length === 0 && !exact(id, version)) throw unknown(id, version);
      return steps;
    },
    migrate({ id, version, persisted }) {
      const steps = versions.path(id, version);
      let current = persisted;
      let from = version;
      for (const step of steps) {
        current = migrateStep(step, from, current);
        from = step.version;
      }
      const definition = steps.at(-1) ?? versions.find(id, version);
      const fault = restoreFault(definition, current);
      if (fault) throw new MigrationFailed(id, version, definition.version, fault.message, fault.cause);
      return { definition, persisted: current, steps: steps.map((step) => step.version) };
    },
    dryRun(stored) {
      try {
        const { definition, steps } = versions.migrate(stored);
        if (steps.length === 0) return { status: 'unchanged', version: stored.version };
        return { status: 'migrates', from: stored.version, to: definition.version, steps };
      } catch (error) {
        if (error instanceof StatechatError) return { status: 'unreadable', error };
        throw error;
      }
    },
  };
  return versions;
}

/** Adds up what a dry run found, keeping every failure with the key of its session. */
export function dryRunReport<K>(outcomes: Iterable<readonly [K, DryRunOutcome]>): DryRunReport<K> {
  let unchanged = 0;
  let migrates = 0;
  const unreadable: { key: K; error: StatechatError }[] = [];
  for (const [key, outcome] of outcomes) {
    if (outcome.status === 'unchanged') unchanged += 1;
    else if (outcome.status === 'migrates') migrates += 1;
    else unreadable.push({ key, error: outcome.error });
  }
  return { unchanged, migrates, unreadable };
}

/** The store keeps it in 32 bits. */
export const MAX_VERSION = 2_147_483_647;

function check(definition: MachineDefinition, earlier: readonly MachineDefinition[]): void {
  const name = `${definition.id}@${definition.version}`;
  if (!Number.isInteger(definition.version) || definition.version < 1 || definition.version > MAX_VERSION) {
    throw new InvalidInput(`${name}: a version is a whole number from 1 to ${MAX_VERSION}`);
  }
  if (earlier.some(({ id, version }) => id === definition.id && version === definition.version)) {
    throw new InvalidInput(`${name} is registered twice: give the changed machine a new version`);
  }
  const from = definition.migrateFrom?.version;
  if (from !== undefined && (!Number.isInteger(from) || from < 1 || from >= definition.version)) {
    throw new InvalidInput(`${name} migrates from version ${from}: that must be an earlier one`);
  }
}

function migrateStep(step: MachineDefinition, from: number, persisted: PersistedMachine): PersistedMachine {
  try {
    const migrated = step.migrateFrom?.migrate(structuredClone(persisted)) ?? persisted;
    return migrated;
  } catch (cause) {
    throw new MigrationFailed(step.id, from, step.version, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/**
 * XState restores a snapshot with an unknown state to status `error` instead of throwing, so the
 * status is checked.
 */
function restoreFault(definition: MachineDefinition, persisted: PersistedMachine): { message: string; cause: unknown } | undefined {
  if (persisted.status === 'error') return undefined;
  try {
    const snapshot: Snapshot<unknown> = createActor(definition.machine, { snapshot: decodeSnapshot(persisted) }).getSnapshot();
    if (snapshot.status !== 'error') return undefined;
    return { message: `it cannot be restored: ${String(snapshot.error)}`, cause: snapshot.error };
  } catch (cause) {
    return { message: `it cannot be restored: ${String(cause)}`, cause };
  }
}

/** A persisted machine is a snapshot by contract, with status, value and context. */
function decodeSnapshot(persisted: PersistedMachine): Snapshot<unknown> {
  return persisted as PersistedMachine & Snapshot<unknown>;
}
