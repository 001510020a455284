/**
 * The state in memory, or in a hot copy, may be behind what another instance committed. Nothing is
 * concluded from it.
 */
import { v7 as uuidv7 } from 'uuid';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromPromise } from 'xstate';
import { Registry } from '#actors/contract/registry.ts';
import { decodeSnapshot } from '#actors/interpreter/stored-snapshot.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import type { MachineEvent } from '#machines/definition.ts';
import { type Address, parseSessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import { countingMachine, countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';

const runtimes: TestRuntime[] = [];
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.drain(2_000);
});

function on(store: Store, machine = countingMachine): TestRuntime {
  const runtime = countingRuntime(store, sayEffect().effect, { leaseMs: 300, sweepMs: 50 }, machine);
  runtimes.push(runtime);
  return runtime;
}

/**
 * A store whose copies never change once they were made. `stale` reads return the row as it was at
 * `remember`.
 */
function withCopies(store: Store): Store & { remember(address: Address): Promise<void>; readonly asked: { stale: number; fresh: number } } {
  const copies = new Map<Address, SessionRow>();
  const asked = { stale: 0, fresh: 0 };
  return {
    ...store,
    asked,
    async remember(address) {
      const row = await store.load({ address });
      if (row) copies.set(address, row);
    },
    async load(key, options) {
      asked[options?.stale === true ? 'stale' : 'fresh'] += 1;
      const copy = options?.stale === true && 'address' in key ? copies.get(key.address) : undefined;
      return copy ?? store.load(key);
    },
  };
}

const count = (runtime: TestRuntime, address: Address, text: string) =>
  runtime.deliver({ address, assistant: 'counter' }, { type: 'count', text } satisfies MachineEvent & { text: string });

async function heardAt(store: Store, address: Address): Promise<unknown> {
  const row = await store.load({ address });
  return decodeSnapshot(row?.snapshot ?? null).machine.context;
}

describe('a copy that cannot be read', () => {
  it.each([{ quarantine: true }, { quarantine: false }])('is read around, quarantine: $quarantine', async ({ quarantine }) => {
    const { store } = createMemoryStore();
    const address = freshAddress();
    await count(on(store), address, 'one');
    const row = await store.load({ address });
    if (!row) throw new Error('it was not stored');
    const copy = { ...row, snapshot: { format: 7, what: 'is this' } };
    const copied: Store = { ...store, load: async (key, how) => (how?.stale === true ? copy : store.load(key)) };
    const definitions = [{ id: 'counting', version: 1, machine: countingMachine }];
    const registry = new Registry({
      assistants: [{ name: 'counter', definitions }],
      effects: [sayEffect().effect],
      ...(quarantine ? { quarantine: { name: 'ward', definitions: [{ id: 'ward', version: 1, machine: countingMachine }] } } : {}),
    });
    const runtime = new TestRuntime({ store: copied, registry, owner: 'reader', newSessionId: () => parseSessionId(uuidv7()) });
    runtimes.push(runtime);
    expect((await count(runtime, address, 'two')).refused).toBeUndefined();
    expect(await heardAt(store, address)).toMatchObject({ heard: ['one', 'two'] });
    expect(await store.load({ address })).toMatchObject({ id: row.id, machineId: 'counting' });
  });
});

describe('a copy that is behind', () => {
  it('costs a turn its compare-and-set once, and is then read around', async () => {
    const memory = createMemoryStore().store;
    const copied = withCopies(memory);
    const address = freshAddress();
    const other = on(memory);
    await count(other, address, 'one');
    await copied.remember(address);
    await count(other, address, 'two');
    const commit = vi.spyOn(copied, 'commit');
    await count(on(copied), address, 'three');
    expect(await heardAt(memory, address)).toMatchObject({ heard: ['one', 'two', 'three'] });
    expect(commit).toHaveBeenCalledTimes(2);
    expect(copied.asked).toEqual({ stale: 1, fresh: 1 });
  });

  it('that says closed does not refuse an event of the session that was opened since', async () => {
    const memory = createMemoryStore().store;
    const copied = withCopies(memory);
    const address = freshAddress();
    const other = on(memory);
    await count(other, address, 'one');
    await other.deliver({ address, assistant: 'counter' }, { type: 'close' });
    await copied.remember(address);
    const { sessionId } = await count(other, address, 'two');
    const receipt = await on(copied).deliver({ sessionId }, { type: 'count', text: 'three' } as MachineEvent);
    expect(receipt).toMatchObject({ sessionId, duplicate: false });
    expect(receipt.refused).toBeUndefined();
    expect(await heardAt(memory, address)).toMatchObject({ heard: ['two', 'three'] });
  });

  it('in memory since an earlier turn does not refuse it either', async () => {
    const memory = createMemoryStore().store;
    const address = freshAddress();
    const [one, other] = [on(memory), on(memory)];
    await count(one, address, 'one');
    await one.deliver({ address, assistant: 'counter' }, { type: 'close' });
    const { sessionId } = await count(other, address, 'two');
    expect((await one.deliver({ sessionId }, { type: 'count', text: 'three' } as MachineEvent)).refused).toBeUndefined();
    expect(await heardAt(memory, address)).toMatchObject({ heard: ['two', 'three'] });
  });

  it('from before a run was begun does not drop the run when another instance takes it over', async () => {
    const memory = createMemoryStore().store;
    const copied = withCopies(memory);
    const address = freshAddress();
    const stuck = countingMachine.provide({ actors: { work: fromPromise(() => new Promise<string>(() => {})) } });
    const dying = on(memory, stuck);
    await count(dying, address, 'one');
    await copied.remember(address);
    // It commits the turn that begins the run, and dies before it has run it.
    await dying.deliver({ address, assistant: 'counter' }, { type: 'work', name: 'x' } as MachineEvent);
    dying.abandon();
    const heir = on(copied);
    heir.start();
    await vi.waitFor(async () => expect(await heardAt(memory, address)).toMatchObject({ results: ['done x'] }));
  });
});
