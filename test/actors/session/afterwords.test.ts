/** What a closed session still takes: a rating by its customer, and nothing else. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { OneSession } from '../one-session.ts';

const ann = { id: 'a1', name: 'Ann' };
const HOUR = 3_600_000;

let session: OneSession;
beforeEach(async () => {
  const definition = sessionDefinitions().at(-1);
  if (definition === undefined) throw new Error('there is no session machine');
  const { machine, id: _id, version: _version, migrateFrom: _from, ...rest } = definition;
  session = new OneSession(machine, { ...rest, input: { address: 'test:one:x', assistant: 'a', now: 1_000 } });
  await session.open();
  await session.send({ type: 'customer.message', id: 'm1', at: session.now, text: 'hello' });
  await session.send({ type: 'agent.message', at: session.now, agent: ann, text: 'Ann here' });
});
afterEach(() => session.close());

const close = () => session.send({ type: 'close', at: session.now, by: 'a1' });
const rate = async (part: object, eventId: string = crypto.randomUUID()) => {
  const { id } = await session.row();
  const receipt = await session.runtime.deliver({ sessionId: id }, { type: 'customer.rating', at: session.now, ...part }, { eventId });
  await session.settle();
  return receipt;
};
const after = async (kind: string) => (await session.journal()).filter((entry) => entry.kind === kind);
const sentParams = z.object({ params: z.object({ text: z.string(), author: z.string() }).loose() });
/** What was sent by the machine itself. */
const notices = async () =>
  (await after('effect'))
    .flatMap(({ payload }) => sentParams.safeParse(payload).data?.params ?? [])
    .filter(({ author }) => author === 'system');
const said = async () => (await notices()).map(({ text }) => text.split(/[.?!]/)[0]);

it('asks in the turn that closes the session, and takes the rating without a change of the session', async () => {
  await close();
  const closed = await session.row();
  expect(closed).toMatchObject({ state: 'CLOSED', open: false });
  const [question] = await notices();
  expect(question).toMatchObject({ notice: 'rateUs', buttons: [{ label: '5 – Very good' }, {}, {}, {}, {}] });

  session.now += HOUR;
  expect(await rate({ score: 4 })).toMatchObject({ state: 'CLOSED', version: closed.version + 2, duplicate: false });
  expect(await session.row()).toEqual({ ...closed, version: closed.version + 2 });
  expect(await session.replayed()).toEqual(await session.stored());
  const [entry] = await after('rating');
  expect(entry).toMatchObject({ author: 'customer', text: '4 – Good', payload: { rating: { score: 4, comment: null, agent: ann } } });
  expect((await notices()).at(-1)).toMatchObject({ notice: 'rated' });
  // The outbox has done it.
  expect(await session.store.pendingWork(session.address)).toEqual([]);
  expect(session.errors).toEqual([]);
});

it('lets the customer change the rating and comment on it, and thanks once for a repeated press', async () => {
  await close();
  await rate({ score: 2 });
  await rate({ score: 2 });
  await rate({ score: 5, text: '5' });
  await rate({ comment: 'Ann was quick' });
  const ratings = await after('rating');
  expect(ratings.map(({ text }) => text)).toEqual(['2 – Poor', '2 – Poor', '5', 'Ann was quick']);
  expect(ratings.at(-1)?.payload).toMatchObject({ rating: { score: 5, comment: 'Ann was quick', agent: ann } });
  expect(await said()).toEqual(['This conversation is closed', 'Thank you for your rating', 'Thank you for your rating', 'Thank you']);
  // No two effects have one serial.
  const serials = (await session.journal()).flatMap(({ payload }) => Reflect.get(Object(payload), 'serial') ?? []);
  expect(new Set(serials).size).toBe(serials.length);
});

it('takes an event once, also at the same time as another instance', async () => {
  await close();
  const [first, second] = await Promise.all([rate({ score: 3 }, 'press'), rate({ score: 3 }, 'press')]);
  expect([first.duplicate, second.duplicate].toSorted()).toEqual([false, true]);
  await Promise.all([rate({ score: 1 }), rate({ comment: 'no' }), rate({ score: 5 })]);
  expect(await after('rating')).toHaveLength(4);
});

it('says once that the time has passed, and keeps the rating', async () => {
  await close();
  await rate({ score: 4 });
  session.now += 24 * HOUR + 1;
  await rate({ score: 1 });
  await rate({ score: 1 });
  const ratings = await after('rating');
  expect(ratings.map(({ payload }) => Reflect.get(Object(payload), 'late'))).toEqual([undefined, true, true]);
  expect(ratings.at(-1)?.payload).toMatchObject({ rating: { score: 4 } });
  expect((await said()).slice(2)).toEqual(['Thank you']);
});

it('takes nothing else, and nothing while it is open or was not asked', async () => {
  expect(await rate({ score: 4 })).toMatchObject({ ignored: expect.any(String) });
  await close();
  expect(await session.send({ type: 'agent.message', at: session.now, agent: ann, text: 'late' })).toMatchObject({
    refused: { code: 'closed' },
  });
  expect(await rate({ score: 6 })).toMatchObject({ refused: { code: 'closed' } });
  expect(await notices()).toHaveLength(1);

  const other = new OneSession(sessionDefinitions()[1]?.machine ?? expect.fail(), {
    input: { address: 'test:one:y', assistant: 'a', now: 1 },
  });
  await other.open();
  await other.send({ type: 'close', at: 2, by: 'a1' });
  expect(await other.send({ type: 'customer.rating', at: 3, score: 5 })).toMatchObject({ refused: { code: 'closed' } });
  other.close();
});
