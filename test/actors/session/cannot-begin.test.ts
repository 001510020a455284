/**
 * A session whose own machine cannot begin opens in quarantine. The message that opened it is kept,
 * a human is called, and what comes later is taken.
 */
import { expect, test } from 'vitest';
import { type AnyStateMachine, assign, createMachine, setup } from 'xstate';
import * as z from 'zod';
import { defineEffect } from '#actors/contract/effect.ts';
import { type AssistantBinding, type QuarantineBinding, type QuarantineReason, Registry } from '#actors/contract/registry.ts';
import { HostRefusal } from '#actors/interpreter/serialize.ts';
import { replay } from '#actors/session/replay.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import type { Json, MachineDefinition, SessionFacts } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import { formatAddress, parseSessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';

type Context = Readonly<Record<string, unknown>>;
const machineOf = (context: Context): AnyStateMachine => createMachine({ id: 'm', context });
const plain = machineOf({});
const endless = setup({ delays: { never: Number.POSITIVE_INFINITY } }).createMachine({
  initial: 'a',
  states: { a: { after: { never: 'b' } }, b: {} },
});
const nameless = setup({}).createMachine({ entry: ({ self }) => self.send({ type: 'X' }), context: { at: new Date(0) } });
const throwing = createMachine({
  context: { n: 0 },
  entry: assign(() => {
    throw new Error('no memory');
  }),
});
/** What code without types may give. The compiler would refuse it. */
const givesDate = (): Json => JSON.parse('null', () => ({ when: new Date(0) }));
const badFacts = (): SessionFacts => JSON.parse('{"state":"S","handler":"robot"}');

type Case = readonly [Partial<MachineDefinition> & { readonly machine: AnyStateMachine }, NonNullable<AssistantBinding['input']>, RegExp];
const nothing = () => null;
const cases: Readonly<Record<string, Case>> = {
  'a first state whose timer is never due': [{ machine: endless }, nothing, /Infinity/],
  'an input with a date': [{ machine: plain }, givesDate, /input of the machine\.when is a Date/],
  'an input that throws': [
    { machine: plain },
    () => {
      throw new Error('no input');
    },
    /no input/,
  ],
  'facts of the first state that cannot be stored': [{ machine: plain, facts: badFacts }, nothing, /handler is none of/],
  'facts that throw': [
    {
      machine: plain,
      facts: () => {
        throw new Error('no facts');
      },
    },
    nothing,
    /no facts/,
  ],
  'a context with a date': [{ machine: machineOf({ at: new Date(0) }) }, nothing, /at is a Date/],
  'a context with a date, and an entry action': [{ machine: nameless }, nothing, /at is a Date/],
  'an entry that throws': [{ machine: throwing }, nothing, /no memory/],
};

/** Counts what it receives. */
const ward = createMachine({
  id: 'ward',
  context: { received: [] as string[] },
  on: { '*': { actions: assign({ received: ({ context, event }) => [...context.received, event.type] }) } },
});
const quarantine: QuarantineBinding = {
  name: 'quarantine',
  definitions: [{ id: 'ward', version: 1, machine: ward }],
  input: nothing,
  firstEvent: (_opening, why: QuarantineReason) => ({ type: `called: ${why}` }),
};

function host([definition, input]: Case, options: { readonly quarantine?: QuarantineBinding }) {
  const { store } = createMemoryStore();
  const address = formatAddress({ channel: 'test', account: 'one', peer: crypto.randomUUID() });
  const effect = defineEffect({ type: '*', params: z.unknown(), lane: 'address', run: async () => undefined });
  const assistants = [{ name: 'a', definitions: [{ id: 'm', version: 1, ...definition }], input }];
  const registry = new Registry({ assistants, effects: [], fallbackEffect: effect, ...options });
  const start = () =>
    new TestRuntime({ store, registry, owner: crypto.randomUUID(), newSessionId: () => parseSessionId(crypto.randomUUID()) });
  return { store, address, registry, start };
}

test.each(Object.entries(cases))('%s: the message is kept, and a human is called', async (_name, given) => {
  const { store, address, registry, start } = host(given, { quarantine });
  const first = start();
  const to = { address, assistant: 'a' };
  const receipt = await first.deliver(to, { type: 'HELLO' }, { eventId: 'e1' });
  expect(receipt.parked).toBeUndefined();
  const row = await store.load({ address });
  if (row === undefined) throw new Error('No session was opened.');
  expect(row).toMatchObject({ assistant: 'a', machineId: 'ward', open: true });
  const [beginning] = await store.journal(row.id, 0, 10);
  expect(beginning).toMatchObject({
    kind: 'quarantined',
    payload: { reason: expect.stringMatching(given[2]), from: { id: 'm', version: 1 } },
  });
  first.abandon();

  const second = start();
  expect((await second.deliver(to, { type: 'HELLO' }, { eventId: 'e1' })).duplicate).toBe(true);
  expect((await second.deliver(to, { type: 'AGAIN' })).sessionId).toBe(row.id);
  second.abandon();
  const now = await store.load({ address });
  expect(now?.snapshot).toMatchObject({ snapshot: { context: { received: ['called: cannot begin', 'HELLO', 'AGAIN'] } } });
  const { snapshot } = replay(registry, row, await store.journal(row.id, 0, 10));
  expect(JSON.parse(JSON.stringify(snapshot))).toEqual(now?.snapshot);
});

test('without a quarantine, and with one that cannot begin either, the caller gets the error', async () => {
  const given = cases['a context with a date'];
  if (given === undefined) throw new Error('There is no such case.');
  const broken: QuarantineBinding = { name: 'q', definitions: [{ id: 'q', version: 1, machine: throwing }], input: nothing };
  for (const [options, error] of [
    [{}, HostRefusal],
    [{ quarantine: broken }, /no memory/],
  ] as const) {
    const { store, address, start } = host(given, options);
    const runtime = start();
    await expect(runtime.deliver({ address, assistant: 'a' }, { type: 'HELLO' })).rejects.toThrow(error);
    expect(await store.load({ address })).toBeUndefined();
    runtime.abandon();
  }
});

test('what the caller gave is refused to the caller, and opens nothing', async () => {
  const refusing = () => {
    throw new InvalidInput('The hint is no locale.');
  };
  const { store, address, start } = host([{ machine: plain }, refusing, /hint/], { quarantine });
  const runtime = start();
  await expect(runtime.deliver({ address, assistant: 'a' }, { type: 'HELLO' })).rejects.toThrow(InvalidInput);
  expect(await store.load({ address })).toBeUndefined();
  runtime.abandon();
});
