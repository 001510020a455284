/**
 * Replaying the journal gives the stored snapshot, for generated machines, with restarts, and for
 * everything that is not an event.
 */
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { assign, createMachine, fromCallback, setup } from 'xstate';
import { HostRefusal } from '#actors/interpreter/serialize.ts';
import { replay } from '#actors/session/replay.ts';
import { StatechatError } from '#machines/errors.ts';
import { OneSession } from '../one-session.ts';
import { buildMachine } from '../testing/any-machine/build.ts';
import { runReference } from '../testing/any-machine/reference.ts';
import { runsOf } from '../testing/any-machine/runs.ts';
import { machines, scripts } from '../testing/any-machine/specs.ts';

const runs = runsOf('replay', 150);

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

test('the journal of a generated machine gives its stored snapshot', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(machines, scripts, fc.boolean(), async (spec, script, parks) => {
      // One that goes round for ever takes all the memory there is.
      if (!(await runReference(buildMachine(spec), script, { n: 1 }))) return;
      const session = new OneSession(buildMachine(spec), { input: { n: 1 }, onThrow: parks ? 'park' : 'fail' });
      try {
        await session.open();
        for (const step of script) {
          if ('send' in step) await session.send(step.send);
          else if ('advance' in step) await session.advance(step.advance);
          else await session.restart();
          expect(await session.replayed()).toEqual(await session.stored());
        }
      } catch (error) {
        // A first step that throws, or can't be stored, opens no session.
        if (!(error instanceof HostRefusal) && (await session.store.load({ address: session.address }))) throw error;
      } finally {
        session.close();
      }
    }),
    runs,
  );
});

test('what an ended child refers to stays in its snapshot over a restart', async () => {
  const kid = setup({
    types: { context: {} as { refs: Record<string, unknown> } },
    actors: {
      bad: fromCallback(() => {
        throw new Error('bad callback');
      }),
    },
  }).createMachine({
    context: { refs: {} },
    entry: assign(({ spawn }) => ({ refs: { list: [spawn('bad', { id: 'bad' })] } })),
  });
  const session = new OneSession(setup({ actors: { kid } }).createMachine({ id: 'm', invoke: { src: 'kid', id: 'kid', onError: {} } }));
  await session.open();
  await session.restart();
  await session.send({ type: 'HELLO' });
  const dead = { xstate$$type: 1, id: 'bad' };
  expect(await session.stored()).toMatchObject({ snapshot: { children: { kid: { snapshot: { context: { refs: { list: [dead] } } } } } } });
  expect(await session.replayed()).toEqual(await session.stored());
  session.close();
});

test('parked events and timers replay as nothing, and as dropped', async () => {
  const machine = setup({
    actions: {
      bad: assign(() => {
        throw new Error('bad action');
      }),
    },
  }).createMachine({
    id: 'm',
    context: { n: 0 },
    after: { 10: { actions: 'bad' } },
    on: { BAD: { actions: 'bad' }, GOOD: { actions: assign({ n: 1 }) } },
  });
  const session = new OneSession(machine);
  await session.open();
  expect(await session.send({ type: 'BAD' })).toMatchObject({ parked: 'bad action' });
  await session.advance(10);
  await session.send({ type: 'GOOD' });
  expect((await session.journal()).filter(({ kind }) => kind === 'parked')).toHaveLength(2);
  expect(await session.inputs('drop')).toHaveLength(1);
  expect((await session.snapshot()).timers).toEqual([]);
  expect(await session.context()).toEqual({ n: 1 });
  expect(await session.replayed()).toEqual(await session.stored());
  session.close();
});

test('migrations replay', async () => {
  const one = createMachine({ id: 'm', initial: 'a', context: { n: 1 }, states: { a: { on: { GO: 'b' } }, b: { after: { 100: 'a' } } } });
  const two = createMachine({
    id: 'm',
    initial: 'a',
    context: { n: 1, more: '' },
    states: { a: { on: { GO: 'b' } }, b: { after: { 100: 'a' }, on: { MORE: { actions: assign({ more: 'yes' }) } } } },
  });
  const session = new OneSession(one);
  await session.open();
  await session.send({ type: 'GO' });
  const definitions = [
    { id: 'm', version: 1, machine: one },
    {
      id: 'm',
      version: 2,
      machine: two,
      migrateFrom: {
        version: 1,
        migrate: (old: { readonly context: unknown; readonly value: unknown; readonly status: string }) => ({
          ...old,
          context: { n: 1, more: 'migrated' },
        }),
      },
    },
  ];
  await session.release(definitions);
  await session.send({ type: 'MORE' });
  expect(await session.context()).toEqual({ n: 1, more: 'yes' });
  expect((await session.journal()).map(({ kind }) => kind)).toContain('migrated');
  expect(await session.replayed()).toEqual(await session.stored());
  session.close();
});

test('a quarantined session replays from its quarantine on', async () => {
  const machine = createMachine({ id: 'm', context: { n: 1 } });
  const quarantine = {
    id: 'q',
    version: 1,
    machine: createMachine({
      id: 'q',
      context: { heard: 0 },
      on: { '*': { actions: assign({ heard: ({ context }) => context.heard + 1 }) } },
    }),
  };
  const session = new OneSession(machine, { quarantine });
  await session.open();
  await session.release([{ id: 'other', version: 1, machine: createMachine({ id: 'other' }) }]);
  await session.send({ type: 'HELLO' });
  expect(await session.context()).toEqual({ heard: 1 });
  expect((await session.journal()).map(({ kind }) => kind)).toContain('quarantined');
  // The machine before the quarantine is not known any more, so the replay begins there.
  const entries = (await session.journal()).filter(({ kind }) => kind !== 'opened');
  expect(JSON.parse(JSON.stringify(replay(session.registry, await session.row(), entries).snapshot))).toEqual(await session.stored());
  session.close();
});

test('a journal without its beginning is refused', async () => {
  const session = new OneSession(createMachine({ id: 'm' }));
  await session.open();
  await session.send({ type: 'HELLO' });
  const entries = (await session.journal()).slice(1);
  const row = await session.row();
  expect(() => replay(session.registry, row, entries)).toThrow(StatechatError);
  session.close();
});
