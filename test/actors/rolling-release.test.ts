/** Two instances on one store, of which only one knows the newer version of a machine (SPEC S8). */
import { v7 as uuidv7 } from 'uuid';
import { afterEach, expect, it } from 'vitest';
import { fromPromise } from 'xstate';
import { Registry } from '#actors/contract/registry.ts';
import { decodeSnapshot } from '#actors/interpreter/stored-snapshot.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import type { MachineEvent } from '#machines/definition.ts';
import { type Address, parseSessionId } from '#machines/ids.ts';
import type { Exchange } from '#storage/exchange.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store } from '#storage/port.ts';
import { countingMachine, freshAddress, sayEffect } from './counting-machine.ts';
import { SharedExchange } from './live/shared-exchange.ts';

const PATIENCE = { interval: 5 };
const runtimes: TestRuntime[] = [];
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.drain(2_000);
});

const migrateFrom = { version: 1, migrate: <T>(persisted: T): T => persisted };

function instance(store: Store, exchange: Exchange, versions: readonly (1 | 2)[], work?: () => Promise<string>): TestRuntime {
  const machine = work === undefined ? countingMachine : countingMachine.provide({ actors: { work: fromPromise(work) } });
  const definitions = versions.map((version) => ({ id: 'counting', version, machine, ...(version === 2 ? { migrateFrom } : {}) }));
  const ward = [{ id: 'ward', version: 1, machine: countingMachine }];
  const runtime = new TestRuntime({
    store,
    exchange,
    registry: new Registry({
      assistants: [{ name: 'counter', definitions }],
      effects: [sayEffect().effect],
      quarantine: { name: 'ward', definitions: ward },
    }),
    owner: uuidv7(),
    newSessionId: () => parseSessionId(uuidv7()),
    sweepMs: 50,
  });
  runtimes.push(runtime);
  runtime.start();
  return runtime;
}

const send = (runtime: TestRuntime, address: Address, event: MachineEvent & Record<string, unknown>) =>
  runtime.deliver({ address, assistant: 'counter' }, event);

async function stored(store: Store, address: Address) {
  const row = await store.load({ address });
  const { machine, interruptedStep } = decodeSnapshot(row?.snapshot ?? null);
  return { machine: `${row?.machineId}@${row?.machineVersion}`, context: machine.context, waits: interruptedStep !== undefined };
}

it('an instance that does not know the version rejects events, requests and wakes at once, and changes nothing', async () => {
  const { store } = createMemoryStore();
  const exchange = new SharedExchange();
  const older = instance(store, exchange.join(), [1]);
  const newer = instance(store, exchange.join(), [1, 2]);
  const address = freshAddress();
  await expect.poll(() => older.instances, PATIENCE).toBe(2);
  await send(older, address, { type: 'count', text: 'one' });
  await send(newer, address, { type: 'count', text: 'two' });
  const elsewhere = { name: 'RunsElsewhere', code: 'unavailable', retryable: true };
  await expect(send(older, address, { type: 'count', text: 'three' })).rejects.toMatchObject(elsewhere);
  await expect(older.addressState(address)).rejects.toMatchObject(elsewhere);
  await send(newer, address, { type: 'count', text: 'three' });
  expect(await stored(store, address)).toMatchObject({ machine: 'counting@2', context: { heard: ['one', 'two', 'three'] } });

  // Once the newer instance has left, none knows the version.
  await newer.drain(2_000);
  await expect.poll(() => older.instances, PATIENCE).toBe(1);
  await send(older, address, { type: 'count', text: 'four' });
  expect(await stored(store, address)).toMatchObject({ machine: 'ward@1' });
});

it('an invocation that it runs is released to an instance that can end it', async () => {
  const { store } = createMemoryStore();
  const exchange = new SharedExchange();
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<string>();
  const older = instance(store, exchange.join(), [1], () => {
    begun.resolve();
    return done.promise;
  });
  const address = freshAddress();
  await send(older, address, { type: 'work', name: 'x' });
  await begun.promise;
  // A session is migrated only when the code has answered the step that started it.
  await expect.poll(async () => (await stored(store, address)).waits, PATIENCE).toBe(false);
  const newer = instance(store, exchange.join(), [1, 2], async () => 'done by the newer');
  await expect.poll(() => older.instances, PATIENCE).toBe(2);
  await send(newer, address, { type: 'count', text: 'one' });
  done.resolve('done by the older');
  await expect.poll(async () => (await stored(store, address)).context, PATIENCE).toMatchObject({ results: ['done by the newer'] });
  expect(await stored(store, address)).toMatchObject({ machine: 'counting@2' });
});
