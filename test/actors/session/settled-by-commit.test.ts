/** Effects that are done when their turn is committed, because their receiver reads the journal. */
import { expect, it, vi } from 'vitest';
import { setup } from 'xstate';
import * as z from 'zod';
import type { EffectResult } from '#actors/contract/api.ts';
import { defineEffect } from '#actors/contract/effect.ts';
import type { LiveEvent } from '#actors/contract/live-events.ts';
import { noMetrics, type RuntimeMetrics } from '#actors/contract/metrics.ts';
import { Registry } from '#actors/contract/registry.ts';
import { Runtime } from '#actors/runtime.ts';
import { replay } from '#actors/session/replay.ts';
import { type Address, parseSessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { countingMachine, countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';
import { deliver, drainedAfterEach } from '../counting-sessions.ts';

const { connectionString } = await createTestDatabase();
const started = drainedAfterEach();

/** `say` as the program's `message.send` is on a channel whose client reads the journal. */
function pulledSay(settles: (text: string) => boolean = () => true) {
  const ran: string[] = [];
  const effect = defineEffect({
    type: 'say',
    params: z.object({ text: z.string() }),
    lane: 'address',
    describe: ({ text }) => ({ kind: 'assistant.message', author: 'assistant', text, message: true }),
    settledByCommit: ({ text }, { key }): EffectResult | undefined => (settles(text) ? { ref: key } : undefined),
    run: async ({ text }, { key }) => {
      ran.push(text);
      return { ref: key };
    },
  });
  return { effect, ran };
}

async function messages(store: Store, address: Address) {
  const row = await store.load({ address });
  if (!row) throw new Error('no session was opened');
  const journal = await store.journal(row.id, 0, 100);
  return { row, journal, said: journal.filter(({ kind }) => kind === 'assistant.message') };
}

function counted(): { readonly metrics: RuntimeMetrics; readonly done: string[] } {
  const done: string[] = [];
  return { done, metrics: { ...noMetrics, effect: (type, outcome) => done.push(`${type} ${outcome}`) } };
}

it.each(['memory', 'postgres'])('in %s it is stored as sent with its entry, and no work is left to anybody', async (where) => {
  await using place = await open(where);
  const { store } = place;
  const { effect, ran } = pulledSay();
  const { done, metrics } = counted();
  const runtime = started(countingRuntime(store, effect, { metrics }));
  const address = freshAddress();
  const live: LiveEvent[] = [];
  runtime.watch(address, (_id, event) => live.push(event));
  await deliver(runtime, address, { type: 'say', text: 'hello' });
  const { row, said } = await messages(store, address);
  const serial = Reflect.get(Object(said[0]?.payload), 'serial');
  expect(said.map(({ delivery }) => delivery)).toEqual([{ status: 'sent', at: said[0]?.at, ref: `${row.id}.${serial}` }]);
  expect(await store.pendingWork(address)).toEqual([]);
  await vi.waitFor(() => expect(runtime.busy).toBe(false));
  expect(ran).toEqual([]);
  // As the outbox counts what it does.
  expect(done).toEqual(['say done']);
  // Watchers read the message before its mark.
  const heard = live.flatMap((event) =>
    event.type === 'entry' ? [`entry ${event.entry.kind}`] : event.type === 'delivery' ? [`${event.seq} ${event.delivery.status}`] : [],
  );
  expect(heard).toEqual(['entry opened', 'entry say', 'entry assistant.message', `${said[0]?.seq} sent`]);
  // A receipt continues from there.
  await runtime.mark(address, { sessionId: row.id, seq: row.version }, { status: 'read', at: 5 });
  expect((await messages(store, address)).said[0]?.delivery).toMatchObject({ status: 'read', ref: `${row.id}.${serial}` });
});

it('takes the serials that it would take in the outbox, and the journal gives the stored snapshot', async () => {
  const texts = ['a', 'b', 'c', 'd'];
  const serialsOf = async (settles: (text: string) => boolean) => {
    const { store } = createMemoryStore();
    const { effect, ran } = pulledSay(settles);
    const runtime = started(countingRuntime(store, effect));
    const address = freshAddress();
    for (const text of texts) await deliver(runtime, address, { type: 'say', text });
    await vi.waitFor(() => expect(ran).toEqual(texts.filter((text) => !settles(text))));
    const { row, journal, said } = await messages(store, address);
    const registry = new Registry({
      assistants: [{ name: 'counter', definitions: [{ id: 'counting', version: 1, machine: countingMachine }] }],
      effects: [effect],
    });
    const { lineage: _, ...stored } = Object(row.snapshot);
    expect(replay(registry, row, journal).snapshot).toEqual(stored);
    return said.map(({ payload }) => Reflect.get(Object(payload), 'serial'));
  };
  const all = await serialsOf(() => false);
  expect(await serialsOf(() => true)).toEqual(all);
  expect(await serialsOf((text) => text === 'b' || text === 'c')).toEqual(all);
});

it('an event that is parked settles nothing, not even what came before its fault', async () => {
  const { store } = createMemoryStore();
  const { effect } = pulledSay();
  const { done, metrics } = counted();
  const machine = setup({
    types: {} as { events: { type: 'say'; first: string; second: unknown } },
    actions: { say: (_, _params: { text: unknown }) => {} },
  }).createMachine({
    on: {
      say: {
        actions: [
          { type: 'say', params: ({ event }) => ({ text: event.first }) },
          { type: 'say', params: ({ event }) => ({ text: event.second }) },
        ],
      },
    },
  });
  const runtime = started(
    new Runtime({
      store,
      registry: new Registry({ assistants: [{ name: 'counter', definitions: [{ id: 'twice', version: 1, machine }] }], effects: [effect] }),
      owner: crypto.randomUUID(),
      newSessionId: () => parseSessionId(crypto.randomUUID()),
      metrics,
    }),
  );
  const address = freshAddress();
  // The effect does not accept a number, so its second action fails when the first is recorded
  // already.
  const burst = [1, 'b'].map((second) => deliver(runtime, address, { type: 'say', first: 'a', second }));
  expect((await Promise.all(burst)).map(({ parked }) => parked !== undefined)).toEqual([true, false]);
  expect((await messages(store, address)).said.map(({ text, delivery }) => [text, delivery?.status])).toEqual([
    ['a', 'sent'],
    ['b', 'sent'],
  ]);
  expect(done).toEqual(['say done', 'say done']);
});

it('what an earlier release left in the outbox is still done, in its order', async () => {
  const { store } = createMemoryStore();
  const hanging = sayEffect(() => new Promise(() => {}));
  const before = countingRuntime(store, hanging.effect, { leaseMs: 50 });
  const address = freshAddress();
  for (const text of ['first', 'second']) await deliver(before, address, { type: 'say', text });
  before.abandon();
  expect(await store.pendingWork(address)).toHaveLength(2);

  const { effect, ran } = pulledSay();
  const after = started(countingRuntime(store, effect, { sweepMs: 20 }));
  await deliver(after, address, { type: 'say', text: 'third' });
  // Its receiver reads the journal, so it does not wait for the marks of what comes before it
  // there.
  expect((await messages(store, address)).said.at(-1)?.delivery?.status).toBe('sent');
  await vi.waitFor(async () => expect(await store.pendingWork(address)).toEqual([]));
  expect(ran).toEqual(['first', 'second']);
  expect((await messages(store, address)).said.map(({ text, delivery }) => [text, delivery?.status])).toEqual([
    ['first', 'sent'],
    ['second', 'sent'],
    ['third', 'sent'],
  ]);
});

async function open(where: string): Promise<AsyncDisposable & { readonly store: Store }> {
  if (where === 'memory') return { store: createMemoryStore().store, [Symbol.asyncDispose]: async () => {} };
  const { store, close } = createPostgresStore({ connectionString });
  return { store, [Symbol.asyncDispose]: close };
}
