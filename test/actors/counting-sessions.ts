/** Runtimes of the counting machine for the tests of a file, and what is in their store. */
import { afterEach } from 'vitest';
import type { Receipt } from '#actors/contract/api.ts';
import { decodeSnapshot } from '#actors/interpreter/stored-snapshot.ts';
import type { Runtime } from '#actors/runtime.ts';
import type { MachineEvent } from '#machines/definition.ts';
import type { Address } from '#machines/ids.ts';
import type { Store } from '#storage/port.ts';

/** Starts runtimes, and drains them after each test. Call it at the top of the file. */
export function drainedAfterEach(): <R extends Runtime>(runtime: R) => R {
  const runtimes: Runtime[] = [];
  afterEach(async () => {
    for (const runtime of runtimes.splice(0)) await runtime.drain(2_000);
  });
  return (runtime) => {
    runtimes.push(runtime);
    runtime.start();
    return runtime;
  };
}

export function deliver(runtime: Runtime, address: Address, event: MachineEvent, eventId?: string): Promise<Receipt> {
  return runtime.deliver({ address, assistant: 'counter' }, event, eventId === undefined ? {} : { eventId });
}

export async function contextAt(store: Store, address: Address): Promise<{ heard: string[]; failed: string[]; results: string[] }> {
  const row = await store.load({ address });
  return decodeSnapshot(row?.snapshot ?? null).machine.context as { heard: string[]; failed: string[]; results: string[] };
}

/** Of the journal's entries, in order. */
export async function kinds(store: Store, address: Address): Promise<string[]> {
  const row = await store.load({ address });
  return row ? (await store.journal(row.id, 0, 1_000)).map(({ kind }) => kind) : [];
}
