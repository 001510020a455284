/** S8. Which definition reads a stored session, and how it is migrated to a newer version. */

import { describe, expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import type { MachineDefinition, Migration, PersistedMachine } from '#machines/definition.ts';
import { dryRunReport, MigrationFailed, machineVersions, UnknownMachine } from '#machines/versions.ts';

function lamp(version: number, states: readonly string[], migrateFrom?: Migration): MachineDefinition {
  const machine = createMachine({
    id: 'lamp',
    initial: states[0] ?? 'off',
    states: Object.fromEntries(states.map((state) => [state, {}])),
  });
  return { id: 'lamp', version, machine, ...(migrateFrom ? { migrateFrom } : {}) };
}

const persisted = (value: string, context: unknown = {}): PersistedMachine => ({
  status: 'active',
  value,
  context,
  historyValue: {},
  children: {},
});
const rename = (from: string, to: string) => (old: PersistedMachine) => ({ ...old, value: old.value === from ? to : old.value });

const one = lamp(1, ['off', 'on']);
const two = lamp(2, ['off', 'bright'], { version: 1, migrate: rename('on', 'bright') });
const three = lamp(3, ['dark', 'bright'], { version: 2, migrate: rename('off', 'dark') });

describe('the chain', () => {
  const versions = machineVersions([three, one, two]);

  it('takes a session through every version up to the newest', () => {
    const { definition, persisted: after, steps } = versions.migrate({ id: 'lamp', version: 1, persisted: persisted('on') });
    expect([definition, steps, after.value]).toEqual([three, [2, 3], 'bright']);
    expect(versions.migrate({ id: 'lamp', version: 1, persisted: persisted('off') }).persisted.value).toBe('dark');
    const actor = createActor(three.machine, { snapshot: { ...after, output: undefined, error: undefined } as never }).start();
    expect(actor.getSnapshot().value).toBe('bright');
    actor.stop();
  });

  it('leaves what it was given as it was', () => {
    const destructive = lamp(2, ['off'], {
      version: 1,
      migrate: (old) => Object.assign(old, { value: 'off' }),
    });
    const stored = persisted('on');
    machineVersions([one, destructive]).migrate({ id: 'lamp', version: 1, persisted: stored });
    expect(stored.value).toBe('on');
  });

  it('reads a version whose definition is gone, if there is a migration from it', () => {
    expect(machineVersions([two]).migrate({ id: 'lamp', version: 1, persisted: persisted('on') }).steps).toEqual([2]);
  });

  it('stays on its version where no migration is declared', () => {
    const { definition, steps } = machineVersions([one, lamp(2, ['off'])]).migrate({ id: 'lamp', version: 1, persisted: persisted('on') });
    expect([definition, steps]).toEqual([one, []]);
  });

  it('finds exactly, and the newest', () => {
    expect(versions.find('lamp', 2)).toBe(two);
    expect(versions.newest('lamp')).toBe(three);
  });
});

describe('what cannot be read', () => {
  const versions = machineVersions([one, two]);

  it.each([
    ['lamp', 9],
    ['lamp', 0],
    ['toaster', 1],
  ])('%s@%i is an UnknownMachine that names what is there', (id, version) => {
    for (const act of [
      () => versions.find(id, version),
      () => versions.path(id, version),
      () => versions.migrate({ id, version, persisted: persisted('on') }),
    ]) {
      expect(act).toThrow(UnknownMachine);
    }
    expect(() => versions.find('lamp', 9)).toThrow(/registered are lamp@1, lamp@2/);
    expect(() => versions.newest('toaster')).toThrow(/no machine "toaster"/);
  });

  it('is a migration that throws', () => {
    const broken = lamp(2, ['off'], {
      version: 1,
      migrate: () => {
        throw new Error('no such field');
      },
    });
    expect(() => machineVersions([one, broken]).migrate({ id: 'lamp', version: 1, persisted: persisted('on') })).toThrow(MigrationFailed);
  });

  it('is a migration into a state that the new machine does not have', () => {
    const careless = lamp(2, ['off'], { version: 1, migrate: (old) => old });
    expect(() => machineVersions([one, careless]).migrate({ id: 'lamp', version: 1, persisted: persisted('on') })).toThrow(
      /cannot be restored/,
    );
  });

  it('is found by a dry run, which throws nothing and counts all', () => {
    const careless = lamp(3, ['off'], { version: 2, migrate: (old) => old });
    const all = machineVersions([one, two, careless]);
    const stored = { a: ['lamp', 1, 'off'], b: ['lamp', 1, 'on'], c: ['lamp', 3, 'off'], d: ['toaster', 1, 'off'] } as const;
    const outcomes = Object.entries(stored).map(
      ([key, [id, version, value]]) => [key, all.dryRun({ id, version, persisted: persisted(value) })] as const,
    );
    expect(Object.fromEntries(outcomes)).toMatchObject({
      a: { status: 'migrates', from: 1, to: 3, steps: [2, 3] },
      b: { status: 'unreadable', error: { code: 'migration_failed' } },
      c: { status: 'unchanged', version: 3 },
      d: { status: 'unreadable', error: { code: 'unknown_machine' } },
    });
    expect(dryRunReport(outcomes)).toMatchObject({ unchanged: 1, migrates: 1, unreadable: [{ key: 'b' }, { key: 'd' }] });
  });
});

describe('registration refuses', () => {
  it.each([
    ['a version twice', [one, lamp(1, ['x'])], /lamp@1 is registered twice/],
    ['a version that is no whole number', [lamp(1.5, ['x'])], /whole number/],
    ['a migration from a later version', [lamp(2, ['x'], { version: 3, migrate: (old) => old })], /must be an earlier one/],
  ])('%s', (_name, definitions, message) => {
    expect(() => machineVersions(definitions)).toThrow(message);
  });
});
