/** Which closed session a rating is for, and the order of what comes beside one. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Registry } from '#actors/contract/registry.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import type { ChannelEvent } from '#channels/inbound.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { messageEffects } from '#src/delivery/message-effects.ts';
import { createIntake } from '#src/intake/intake.ts';
import { Ratings } from '#src/intake/ratings.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';

const address = parseAddress('web:default:v_1');
const ann = { id: 'a1', name: 'Ann' };
const HOUR = 3_600_000;

function setUp() {
  const { store } = createMemoryStore();
  const clock = { now: 1_790_000_000_000 };
  const runtime = new TestRuntime({
    store,
    registry: new Registry({
      assistants: [{ name: 'companion', definitions: sessionDefinitions(), input: ({ ...opening }) => opening }],
      effects: messageEffects({
        channelOf: () => undefined,
        files: { get: async () => undefined },
        notifier: { notify: async () => {} },
        windowOf: async () => undefined,
      }),
    }),
    owner: 'one',
    newSessionId: () => parseSessionId(crypto.randomUUID()),
    clock: { now: () => clock.now, after: () => () => {} },
    onError: () => {},
  });
  const ratings = new Ratings(store);
  const intake = createIntake({
    actors: runtime,
    assistantOf: () => 'companion',
    latestAt: async () => undefined,
    ratings,
    isKept: async () => true,
  });
  let count = 0;
  const from = () => ({ id: `e${++count}`, address, at: clock.now });
  const message = (text: string): ChannelEvent => ({ type: 'message', ...from(), text });
  const command = (name: string, args = ''): ChannelEvent => ({ type: 'command', ...from(), name, args });
  const latest = async () => (await store.load({ address })) ?? expect.fail('there is no session');
  /**
   * Opens a session that a human serves and closes. Returns its id and the time of the question.
   */
  const served = async () => {
    await intake(message('hello'));
    const { id } = await latest();
    await runtime.deliver({ sessionId: id }, { type: 'agent.message', at: clock.now, agent: ann, text: 'Ann here' });
    clock.now += 1_000;
    await runtime.deliver({ sessionId: id }, { type: 'close', at: clock.now, by: 'a1' });
    return { id, askedAt: clock.now };
  };
  const ratingsOf = async (id: string) =>
    (await store.journal(parseSessionId(id), 0, 1_000)).filter(({ kind }) => kind === 'rating').map(({ text }) => text);
  return { runtime, clock, intake, message, command, latest, served, ratingsOf, store };
}

let app: ReturnType<typeof setUp>;
beforeEach(() => {
  app = setUp();
});
afterEach(() => app.runtime.abandon());

it('a press, a written score and a comment reach the closed session, and no new one opens', async () => {
  const { intake, message, command, served, ratingsOf, latest } = app;
  const { id, askedAt } = await served();
  expect((await intake(command('rate', `5 ${askedAt}`))).sessionId).toBe(id);
  await intake(message('٤'));
  await intake(command('comment', 'Thank you, Ann'));
  expect(await ratingsOf(id)).toEqual(['5 – Very good', '٤', 'Thank you, Ann']);
  expect((await latest()).id).toBe(id);
});

it('everything else opens a new session, to which a press of the old question does not belong', async () => {
  const { intake, message, command, served, ratingsOf, latest } = app;
  const { id, askedAt } = await served();
  expect((await intake(message('5 bedrooms, please'))).sessionId).not.toBe(id);
  const next = await latest();
  expect(next).toMatchObject({ open: true, previousId: id });
  await intake(command('rate', `2 ${askedAt}`));
  expect(await ratingsOf(id)).toEqual(['2 – Poor']);
  // Typed into an open conversation, it is a part of it.
  await intake(message('4'));
  expect(await ratingsOf(id)).toEqual(['2 – Poor']);
  expect((await latest()).id).toBe(next.id);
});

it('a score that is written too late, or that nobody asked for, begins a conversation', async () => {
  const { intake, message, command, served, latest, clock, ratingsOf } = app;
  const { id, askedAt } = await served();
  clock.now += 24 * HOUR + 1;
  // Who presses the old button means the old conversation.
  await intake(command('rate', `3 ${askedAt}`));
  expect((await latest()).id).toBe(id);
  expect(await ratingsOf(id)).toEqual(['3 – Fair']);
  await intake(message('5'));
  expect((await latest()).id).not.toBe(id);
  expect((await intake(command('rate', '5 1'))).sessionId).toBe((await latest()).id);
});

it('keeps the order of the calls behind a lookup', async () => {
  const { intake, message, store } = app;
  const receipts = await Promise.all([message('3'), message('Or rather four'), message('4'), message('Done')].map((one) => intake(one)));
  const entries = await store.journal(parseSessionId(receipts[0]?.sessionId ?? ''), 0, 100);
  expect(entries.filter(({ kind }) => kind === 'customer.message').map(({ text }) => text)).toEqual(['3', 'Or rather four', '4', 'Done']);
});
