/** What `cancel` finds, as in XState. */
import { expect, test } from 'vitest';
import { assign, cancel, raise, sendParent, setup, stopChild } from 'xstate';
import { runDurably } from '#actors/testing/run-durably.ts';
import { OneSession } from '../one-session.ts';

const types = { context: {} as { heard: readonly string[] } };
const heard = (trace: readonly { readonly context: unknown }[]): unknown => Reflect.get(Object(trace.at(-1)?.context), 'heard');

test('a send id that a function leaves undefined cancels nothing', async () => {
  const machine = setup({
    types,
    actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
  }).createMachine({
    id: 'm',
    context: { heard: [] },
    entry: [raise({ type: 'NAMED' }, { id: 'named', delay: 10 }), raise({ type: 'UNNAMED' }, { delay: 20 })],
    on: {
      NONE: { actions: cancel(() => undefined as never) },
      NAME: { actions: cancel(() => 'named') },
      '*': { actions: 'hear' },
    },
  });
  const none = await runDurably(machine, [{ send: { type: 'NONE' } }, { advance: 20 }], { restartEvery: 1 });
  expect(heard(none)).toEqual(['NAMED', 'UNNAMED']);
  const named = await runDurably(machine, [{ send: { type: 'NAME' } }, { advance: 20 }], { restartEvery: 1 });
  expect(heard(named)).toEqual(['UNNAMED']);
});

test('a child that is stopped takes all its delayed sends with it', async () => {
  const kid = setup({}).createMachine({
    entry: [sendParent({ type: 'ONE' }, { id: 'one', delay: 10 }), sendParent({ type: 'TWO' }, { delay: 20 })],
  });
  const machine = setup({
    types,
    actors: { kid },
    actions: { hear: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
  }).createMachine({
    id: 'm',
    context: { heard: [] },
    invoke: { src: 'kid', id: 'kid' },
    on: { STOP: { actions: stopChild('kid') }, '*': { actions: 'hear' } },
  });
  expect(heard(await runDurably(machine, [{ send: { type: 'STOP' } }, { advance: 20 }]))).toEqual([]);
  expect(heard(await runDurably(machine, [{ advance: 20 }]))).toEqual(['ONE', 'TWO']);
});

test('what was parked leaves the timers as they were', async () => {
  const machine = setup({ types: { context: {} as { ref: unknown } } }).createMachine({
    id: 'm',
    context: { ref: null },
    entry: raise({ type: 'LATE' }, { id: 'late', delay: 10 }),
    on: { GO: { actions: [raise({ type: 'LATER' }, { id: 'late', delay: 20 }), assign({ ref: ({ self }) => self })] } },
  });
  const session = new OneSession(machine);
  await session.open();
  expect((await session.send({ type: 'GO' })).parked).toContain('refers to an actor');
  expect((await session.snapshot()).timers).toMatchObject([{ id: 'late', cancellable: true }]);
  expect(await session.replayed()).toEqual(await session.stored());
  session.close();
});
