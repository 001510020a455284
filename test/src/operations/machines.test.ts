/** Machines as operations, over the session machine and a store with a few sessions. */

import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import type { FileContent } from '#machines/file-content.ts';
import { graphOf } from '#machines/graph.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { layoutInThread } from '#src/drawing/layout-thread.ts';
import { keptPictures } from '#src/drawing/pictures.ts';
import type { OperationContext } from '#src/operations/context.ts';
import { describeMachine, drawMachine, listMachines, tryMigration } from '#src/operations/machines.ts';
import { runOperation } from '#src/operations/operation.ts';
import { recentCounts } from '#src/operations/recent-counts.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { bytesIn } from '#test/file-bytes.ts';
import { testContext } from './test-context.ts';

const graphs = sessionDefinitions().map(graphOf);

function withMachines(changes: Partial<OperationContext> = {}) {
  return testContext({
    graphOf: (id, version) => graphs.findLast((graph) => graph.id === id && (version === undefined || graph.version === version)),
    machines: () => graphs.map(({ id, version }) => ({ id, version, assistants: ['companion'], input: null })),
    pictureOf: keptPictures(layoutInThread),
    ...changes,
  });
}
const textOf = async (file: FileContent) => new TextDecoder().decode(await bytesIn(file));

describe('the list of machines', () => {
  test('counts open sessions by state, also those of a machine that is no longer registered', async () => {
    const { context, lifecycle } = withMachines();
    const sessions = [
      newSession({ machineVersion: 3 }),
      newSession({ machineVersion: 3 }),
      newSession({ machineVersion: 3, state: 'NEW' }),
      newSession({ machineId: 'gone', machineVersion: 7 }),
    ];
    await lifecycle.store.commit(
      sessions.map((session) => turnOn(session)),
      'me',
      LEASE,
    );
    const { machines } = await runOperation(listMachines, context, () => ({}));
    const revision: unknown = expect.stringMatching(/^[\w-]{16}$/);
    expect(machines).toContainEqual({
      id: 'session',
      version: 3,
      assistants: ['companion'],
      input: null,
      sessions: { ACTIVE: 2, NEW: 1 },
      revision,
    });
    expect(machines).toContainEqual({ id: 'session', version: 1, assistants: ['companion'], input: null, sessions: {}, revision });
    expect(machines).toContainEqual({ id: 'gone', version: 7, assistants: [], input: null, sessions: { ACTIVE: 1 }, revision: null });
    expect(new Set(machines.map((machine) => machine.revision)).size).toBe(machines.length);
  });

  test('counts once a second, however many ask, and again after a failure', async () => {
    let [now, asked] = [0, 0];
    const counts = recentCounts({ stateCounts: async () => (++asked === 3 ? Promise.reject(new Error('away')) : []) }, () => now);
    await Promise.all([counts.stateCounts(), counts.stateCounts()]);
    expect(asked).toBe(1);
    now = 1_000;
    await counts.stateCounts();
    expect(asked).toBe(2);
    now = 2_000;
    await expect(counts.stateCounts()).rejects.toThrow('away');
    await counts.stateCounts();
    expect(asked).toBe(4);
  });
});

describe('the picture of a machine', () => {
  test('has the version, the theme and the states that were asked for', async () => {
    const { context } = withMachines();
    const draw = (input: object) => runOperation(drawMachine, context, () => ({ machineId: 'session', ...input }));
    const light = await draw({ active: 'WAITING_AGENT,open.answer.quiet', detail: 'overview' });
    expect(light).toMatchObject({ name: 'session@3.svg', mimeType: 'image/svg+xml' });
    const lit = [...(await textOf(light)).matchAll(/data-box="([^"]*)" data-lit="true"/g)].map(([, id]) => id);
    expect(lit).toEqual(['', 'open', 'open.lifecycle', 'open.lifecycle.WAITING_AGENT', 'open.answer', 'open.answer.quiet']);
    const dark = await draw({ version: 1, theme: 'dark', detail: 'overview' });
    expect(dark.name).toBe('session@1.svg');
    expect(await textOf(dark)).toContain('#0d1117');
    expect(await textOf(dark)).not.toContain('data-lit="true"');
  });

  test('refuses a state or a machine that is not there', async () => {
    const { context } = withMachines();
    const wrong = runOperation(drawMachine, context, () => ({ machineId: 'session', active: 'ASLEEP' }));
    await expect(wrong).rejects.toThrow(InvalidInput);
    await expect(wrong).rejects.toThrow('active: the machine has no state "ASLEEP"');
    await expect(runOperation(drawMachine, context, () => ({ machineId: 'kettle' }))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is Mermaid too', async () => {
    const { context } = withMachines();
    const text = await textOf(await runOperation(describeMachine, context, () => ({ machineId: 'session', active: 'IDLE' })));
    expect(text).toMatch(/^stateDiagram-v2\n/);
    expect(text).toContain('state "WAITING_AGENT" as s');
    expect(text).toMatch(/^ {2}class s0,s1,s2,s\d+ active$/m);
  });
});

test('a migration is tried on the newest version if none is named', async () => {
  const tried: unknown[] = [];
  const report = { sessions: 2, isWhole: true, machines: [{ machine: 'session', from: 2, to: 3, sessions: 2 }], unreadable: [] };
  const { context } = withMachines({
    migrationOf: async (...asked) => {
      tried.push(asked);
      return report;
    },
  });
  expect(await runOperation(tryMigration, context, () => ({ machineId: 'session', version: 2 }))).toEqual(report);
  await runOperation(tryMigration, context, () => ({ machineId: 'session' }));
  expect(tried).toEqual([
    ['session', 2],
    ['session', 3],
  ]);
});
