/**
 * An address moves. The open session goes along with its holder, its lane and its history, whatever
 * happens at the same time.
 */

import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { setup } from 'xstate';
import type { LiveEvent } from '#actors/contract/live-events.ts';
import { Registry } from '#actors/contract/registry.ts';
import { decodeSnapshot } from '#actors/interpreter/stored-snapshot.ts';
import { replay } from '#actors/session/replay.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { PHONE_AGENT } from '#machines/session/phone-agent.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { createRedisStore } from '#storage/redis/adapter.ts';
import { administer, TABLES } from '#test/postgres-databases.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { openTiered } from '#test/storage/tiered-stores.ts';
import { ann, bob, MovingSessions, twoAddresses } from './moving-sessions.ts';

const { connectionString } = await createTestDatabase();
const postgres = createPostgresStore({ connectionString });
let server: RedisServer;
let redis: StoreLifecycle;
let tiered: StoreLifecycle;
beforeAll(async () => {
  server = await startRedis();
  redis = createRedisStore({ url: server.url });
  tiered = openTiered(connectionString, server.url);
});
afterAll(async () => {
  await Promise.all([postgres.close(), redis?.close(), tiered?.close()]);
  await server?.stop();
});

const soon = (check: () => unknown) => vi.waitFor(check, { interval: 5 });

describe.each([
  { name: 'memory', open: (): StoreLifecycle => createMemoryStore() },
  { name: 'postgres', open: (): StoreLifecycle => postgres },
  { name: 'redis', open: (): StoreLifecycle => redis },
  { name: 'postgres with hot copies in redis', open: (): StoreLifecycle => tiered },
])('on $name', ({ open }) => {
  let all: MovingSessions[] = [];
  // Runs that a test leaves unanswered would be begun again in the next one.
  beforeEach(async () => {
    await administer(connectionString, ...TABLES.map((table) => `delete from ${table}`));
    await server.command('flushall');
  });
  const sessions = (...bindings: ConstructorParameters<typeof MovingSessions>[1] & object): MovingSessions => {
    const one = new MovingSessions(open(), bindings);
    all.push(one);
    return one;
  };
  afterEach(async () => {
    for (const one of all) await one.close();
    all = [];
  });

  test('while a human holds it: the holder stays, the bot is silent, the next message is in the same session', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const [first, second] = [world.instance(), world.instance()];
    await world.write(first, from, 'hello');
    await soon(() => expect(world.answers).toHaveLength(1));
    const { id } = await world.row(from);
    await first.deliver({ sessionId: id }, { type: 'agent.claim', at: Date.now(), agent: ann });
    await world.write(second, from, 'still there?');

    expect(await first.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'moved', sessionId: id });
    await world.write(second, to, 'in the new group', 'e1');
    await world.write(first, from, 'late, from the old one');
    expect((await world.write(second, to, 'in the new group', 'e1')).duplicate).toBe(true);
    await second.deliver({ sessionId: id }, { type: 'agent.message', at: Date.now(), agent: ann, text: 'I am here' });
    await soon(() => expect(world.sent.at(-1)).toEqual({ address: to, text: 'I am here' }));

    const row = await world.row(to);
    expect(row).toMatchObject({ id, address: to, handler: 'human', agentId: 'ann', open: true });
    expect(await world.rows(from)).toEqual([row]);
    expect(decodeSnapshot(row.snapshot).machine.context).toMatchObject({ address: to });
    expect(await world.texts(row)).toEqual(['hello', 'still there?', 'in the new group', 'late, from the old one']);
    expect(world.answers).toHaveLength(1);
    expect(world.answers[0]?.signal.aborted).toBe(true);
    expect(await first.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'known', sessionId: id });
  });

  test('while a run answers: its answer goes to the new address, once, whichever instance moved it', async () => {
    for (const mover of [0, 1] as const) {
      const world = sessions();
      const [from, to] = twoAddresses();
      const instances = [world.instance(), world.instance()] as const;
      await world.write(instances[0], from, 'hello');
      await soon(() => expect(world.answers).toHaveLength(1));
      const events: LiveEvent[] = [];
      const stop = instances[0].watch(from, (_, event) => void events.push(event));
      await instances[mover].move(from, to, { eventId: 'm' });
      world.answers[0]?.give('good day');
      await soon(() => expect(world.sent).toEqual([{ address: to, text: 'good day' }]));
      await soon(async () => expect((await world.journal(await world.row(to))).at(-1)?.delivery?.status ?? 'sent').toBe('sent'));
      expect(world.answers).toHaveLength(1);
      await soon(() => expect(events.filter(({ type }) => type === 'moved')).toEqual([{ type: 'moved', to }]));
      await soon(() => expect(events.some((event) => event.type === 'entry' && event.entry.kind === 'assistant.message')).toBe(true));
      expect(await world.rows(to)).toHaveLength(1);
      stop();
    }
  });

  test('what waits in its lane is sent in order, to the new address', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    await world.write(runtime, from, 'hello');
    const { id } = await world.row(from);
    await runtime.deliver({ sessionId: id }, { type: 'agent.claim', at: Date.now(), agent: ann });
    const gate = Promise.withResolvers<void>();
    world.beforeSend = (text) => (text === '1' ? gate.promise : Promise.resolve());
    const say = (text: string) => runtime.deliver({ sessionId: id }, { type: 'agent.message', at: Date.now(), agent: ann, text });
    await say('1');
    await say('2');
    await runtime.move(from, to, { eventId: 'm' });
    await say('3');
    expect(world.sent).toEqual([]);
    gate.resolve();
    await soon(() => expect(world.sent).toHaveLength(3));
    expect(world.sent).toEqual([
      { address: from, text: '1' },
      { address: to, text: '2' },
      { address: to, text: '3' },
    ]);
  });

  test('messages that wait at the address of before are received in order, on every instance', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const instances = [world.instance(), world.instance(), world.instance()] as const;
    for (const runtime of instances) await world.write(runtime, from, 'before');
    const texts = instances.map((_, of) => Array.from({ length: 20 }, (_text, index) => `${of}.${index}`));
    await Promise.all([
      ...instances.flatMap((runtime, of) =>
        (texts[of] ?? []).map((text, index) => world.write(runtime, index % 3 === 2 ? to : from, text)),
      ),
      instances[0].move(from, to, { eventId: 'm' }),
      instances[1].move(from, to, { eventId: 'm' }),
    ]);
    const open = (await world.rows(to)).filter((row) => row.open);
    expect(open).toHaveLength(1);
    expect(await world.addresses.resolve(from)).toBe(to);
    const survivor = await world.row(to);
    const superseded = (await world.rows(to)).filter(({ id }) => id !== survivor.id);
    const received = await world.texts(survivor);
    const inOthers = (await Promise.all(superseded.map((row) => world.texts(row)))).flat();
    for (const [of, expected] of texts.entries()) {
      for (const text of expected) expect([...received, ...inOthers]).toContain(text);
      const mine = received.filter((text) => text?.startsWith(`${of}.`));
      const once = expected.filter((_, index) => index % 3 !== 2);
      expect(mine.filter((text) => once.includes(text ?? ''))).toEqual(once);
      expect(new Set(mine).size).toBe(mine.length);
    }
  });

  test('a session that was opened at the new address gives way: one conversation, the holder kept, nothing lost or doubled', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const [first, second] = [world.instance(), world.instance()];
    await world.write(first, from, 'hello', 'e1');
    const survivor = await world.row(from);
    await first.deliver({ sessionId: survivor.id }, { type: 'agent.claim', at: Date.now(), agent: ann });
    await world.write(second, to, 'one', 'e2');
    await world.write(second, to, 'two', 'e3');
    await soon(() => expect(world.answers).toHaveLength(2));

    expect(await first.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'merged', sessionId: survivor.id });
    const row = await world.row(to);
    expect(row).toMatchObject({ id: survivor.id, handler: 'human', agentId: 'ann', open: true });
    expect(await world.texts(row)).toEqual(['hello', 'one', 'two']);
    const other = (await world.rows(to)).find(({ id }) => id !== survivor.id);
    expect(other).toMatchObject({ open: false, state: 'CLOSED' });
    expect(decodeSnapshot(other?.snapshot ?? null).machine.context).toMatchObject({ closeReason: `superseded by ${survivor.id}` });
    await soon(() => expect(world.answers.every(({ signal }) => signal.aborted)).toBe(true));
    // The provider sends the events again, to either address.
    for (const [address, text, id] of [
      [from, 'hello', 'e1'],
      [to, 'one', 'e2'],
      [from, 'two', 'e3'],
    ] as const)
      expect((await world.write(second, address, text, id)).duplicate).toBe(true);
    expect(await world.texts(row)).toHaveLength(3);
    expect(await second.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'known' });
    expect(world.sent).toEqual([]);
  });

  test('what the other one has answered is not answered again; what it has not, is', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    await world.write(runtime, from, 'hello');
    await soon(() => expect(world.answers).toHaveLength(1));
    world.answers[0]?.give('first');
    await soon(() => expect(world.sent).toHaveLength(1));
    await world.write(runtime, to, 'one');
    await soon(() => expect(world.answers).toHaveLength(2));
    world.answers[1]?.give('second');
    await soon(() => expect(world.sent).toHaveLength(2));
    await world.write(runtime, to, 'two');
    await soon(() => expect(world.answers).toHaveLength(3));
    expect(await runtime.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'merged' });
    await soon(() => expect(world.answers).toHaveLength(4));
    expect(world.answers[2]?.signal.aborted).toBe(true);
    expect(world.answers[3]?.input.messages.map(({ text }) => text)).toEqual(['hello', 'first', 'two']);
    world.answers[3]?.give('third');
    await soon(() => expect(world.sent.map(({ text }) => text)).toEqual(['first', 'second', 'third']));
  });

  test('the human who holds the one that gives way holds the other', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    await world.write(runtime, from, 'hello');
    await world.write(runtime, to, 'one');
    await runtime.deliver({ sessionId: (await world.row(to)).id }, { type: 'agent.message', at: Date.now(), agent: bob, text: 'hi' });
    await soon(async () => expect(await world.row(to)).toMatchObject({ handler: 'human' }));
    const survivor = await world.row(from);
    expect(await runtime.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'merged', sessionId: survivor.id });
    expect(await world.row(to)).toMatchObject({ id: survivor.id, handler: 'human', agentId: 'bob' });
    await soon(() => expect(world.answers.every(({ signal }) => signal.aborted)).toBe(true));
  });

  test('a colleague who was refused there, and somebody on the phone, do not come to hold the other', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    await world.write(runtime, from, 'hello');
    await world.write(runtime, to, 'one');
    const { id: sessionId } = await world.row(to);
    for (const agent of [bob, ann]) await runtime.deliver({ sessionId }, { type: 'agent.claim', at: Date.now(), agent });
    await runtime.deliver({ sessionId }, { type: 'agent.echo', id: 'on the phone', at: Date.now(), agent: PHONE_AGENT, text: 'me too' });
    await soon(async () =>
      expect((await world.journal({ id: sessionId })).filter(({ payload }) => 'refused' in Object(payload))).toHaveLength(1),
    );
    await runtime.move(from, to, { eventId: 'm' });
    expect(await world.row(to)).toMatchObject({ handler: 'human', agentId: 'bob' });
  });

  test.each([{ certain: true }, { certain: false }])(
    'both stay, with a note, if both are held or nothing is certain: $certain',
    async ({ certain }) => {
      const world = sessions();
      const [from, to] = twoAddresses();
      const runtime = world.instance();
      for (const [address, agent] of [
        [from, ann],
        [to, bob],
      ] as const) {
        await world.write(runtime, address, 'hello');
        const { id } = await world.row(address);
        if (!certain) continue;
        await runtime.deliver({ sessionId: id }, { type: 'agent.claim', at: Date.now(), agent });
        await soon(async () => expect(await world.row(address)).toMatchObject({ handler: 'human' }));
      }
      for (let time = 0; time < 2; time += 1)
        expect(await runtime.move(from, to, { eventId: 'm', certain })).toMatchObject({ outcome: 'apart' });
      const rows = [await world.row(from), await world.row(to)];
      expect(rows.map(({ address, open }) => [address, open])).toEqual([
        [from, true],
        [to, true],
      ]);
      for (const row of rows) expect((await world.journal(row)).filter(({ kind }) => kind === 'note')).toHaveLength(1);
    },
  );

  test('cut off after the one gave way, and repeated: the same as if it had not been', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const [first, second] = [world.instance(), world.instance()];
    await world.write(first, from, 'hello', 'e1');
    await world.write(first, to, 'one', 'e2');
    let commits = 0;
    const dying = world.instance({
      crash: (point) => {
        if (point === 'after commit' && ++commits === 1) throw new Error('killed');
      },
    });
    await dying.move(from, to, { eventId: 'm' }).catch(() => undefined);
    dying.abandon();
    await world.write(second, to, 'two', 'e3');
    expect(await second.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: expect.stringMatching(/merged|known/) });
    const row = await world.row(to);
    expect(await world.texts(row)).toEqual(['hello', 'one', 'two']);
    expect((await world.rows(to)).filter((one) => one.open)).toHaveLength(1);
    for (const [text, id] of [
      ['one', 'e2'],
      ['two', 'e3'],
    ] as const)
      expect((await world.write(second, to, text, id)).duplicate).toBe(true);
  });

  test('closed sessions move without a turn, and the next one follows them', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    await world.write(runtime, from, 'hello', 'e1');
    const before = await world.row(from);
    await runtime.deliver({ sessionId: before.id }, { type: 'close', at: Date.now(), by: 'ann' });
    expect(await runtime.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'moved', sessionId: before.id });
    expect((await world.write(runtime, from, 'hello', 'e1')).duplicate).toBe(true);
    const receipt = await world.write(runtime, from, 'again', 'e2');
    expect(receipt.address).toBe(to);
    expect(await world.row(to)).toMatchObject({ id: receipt.sessionId, previousId: before.id, address: to });
    expect((await world.rows(from)).map(({ id }) => id)).toEqual([receipt.sessionId, before.id]);
  });

  test('at an address with nothing behind it a message opens a session at the new one', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    expect(await runtime.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'moved', sessionId: undefined });
    expect((await world.write(runtime, from, 'hello')).address).toBe(to);
    expect(await world.rows(from)).toHaveLength(1);
  });

  test('the session at the new address takes along what was closed at the other, and knows its events', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    await world.write(runtime, from, 'hello', 'e1');
    const before = await world.row(from);
    await runtime.deliver({ sessionId: before.id }, { type: 'close', at: Date.now(), by: 'ann' });
    await world.write(runtime, to, 'new', 'e2');
    const there = await world.row(to);
    expect(await runtime.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'moved', sessionId: there.id });
    expect((await world.write(runtime, from, 'hello', 'e1')).duplicate).toBe(true);
    expect((await world.write(runtime, from, 'more', 'e3')).sessionId).toBe(there.id);
    expect((await world.rows(from)).map(({ id }) => id)).toEqual([there.id, before.id]);
  });

  test('a machine that names no move is moved all the same, and one that takes any event does not hear of it', async () => {
    const heard: string[] = [];
    const machine = setup({
      types: {} as { events: { type: string } },
      actions: { note: ({ event }) => void heard.push(event.type) },
    }).createMachine({ id: 'own', initial: 'on', states: { on: { on: { '*': { actions: 'note' } } } } });
    const world = sessions({ name: 'own', definitions: [{ id: 'own', version: 1, machine }] });
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    await runtime.deliver({ address: from, assistant: 'own' }, { type: 'hello' }, { eventId: 'e1' });
    await runtime.move(from, to, { eventId: 'm' });
    await runtime.deliver({ address: from, assistant: 'own' }, { type: 'again' }, { eventId: 'e2' });
    await soon(() => expect(heard).toEqual(['hello', 'again']));
    expect(await world.row(to)).toMatchObject({ address: to, version: expect.any(Number), open: true });
    // It does not give way either, because no session ends by a guess.
    const [other] = twoAddresses();
    await runtime.deliver({ address: other, assistant: 'own' }, { type: 'there' }, { eventId: 'e3' });
    expect(await runtime.move(to, other, { eventId: 'n' })).toMatchObject({ outcome: 'apart' });
  });

  test('a machine that names the event and does not give way in its state stays, whoever repeats the move', async () => {
    const machine = setup({ types: {} as { events: { type: string } } }).createMachine({
      id: 'own',
      initial: 'busy',
      states: { busy: { on: { rest: 'idle' } }, idle: { on: { 'statechat.superseded': 'over' } }, over: { type: 'final' } },
    });
    const world = sessions({ name: 'own', definitions: [{ id: 'own', version: 1, machine }] });
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    for (const address of [from, to]) await runtime.deliver({ address, assistant: 'own' }, { type: 'hello' }, { eventId: uuidv7() });
    expect(await runtime.move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'apart' });
    expect(await world.instance().move(from, to, { eventId: 'm' })).toMatchObject({ outcome: 'apart' });
    for (const address of [from, to]) expect(await world.row(address)).toMatchObject({ address, open: true });
    await runtime.deliver({ address: to, assistant: 'own' }, { type: 'rest' }, { eventId: uuidv7() });
    expect(await runtime.move(from, to, { eventId: 'n' })).toMatchObject({ outcome: 'merged' });
  });

  test('replaying the journal gives the stored snapshot', async () => {
    const world = sessions();
    const [from, to] = twoAddresses();
    const runtime = world.instance();
    await world.write(runtime, from, 'hello');
    await world.write(runtime, to, 'there');
    await runtime.move(from, to, { eventId: 'm' });
    await world.write(runtime, to, 'after');
    const registry = new Registry({
      assistants: [{ name: 'companion', definitions: sessionDefinitions() }],
      effects: [],
      fallbackEffect: (await import('#actors/contract/effect.ts')).defineEffect({
        type: '*',
        params: (await import('zod')).unknown(),
        lane: 'address',
        run: async () => undefined,
      }),
    });
    for (const row of await world.rows(to)) {
      const { snapshot } = replay(registry, row, await world.journal(row));
      const { lineage: _, ...stored } = Object(row.snapshot);
      expect(snapshot).toEqual(stored);
    }
  });

  test('nobody from outside can send what only the host sends', async () => {
    const world = sessions();
    const [from] = twoAddresses();
    const runtime = world.instance();
    await world.write(runtime, from, 'hello');
    const event = { type: 'statechat.moved', from, to: 'telegram:1:1', at: 1 };
    await expect(runtime.deliver({ address: from, assistant: 'companion' }, event, { eventId: uuidv7() })).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });
});
