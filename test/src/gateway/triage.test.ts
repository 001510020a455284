/**
 * What agents note and put off, over real sockets: facts of a session, snoozing, and messages that
 * are sent later. The clock jumps.
 */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Request } from '#console/client/request.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { JumpingClock } from '#test/end-to-end/jumping-clock.ts';
import { type ComposedApp, compose } from '../compose/app.ts';
import { type Agent, type Console, Consoles, PATIENCE, type Served } from './consoles.ts';

const clock = new JumpingClock();
const consoles = new Consoles();
let composed: ComposedApp;
let app: Served;
let amira: Agent;
let omar: Agent;
beforeAll(async () => {
  composed = await compose({}, { store: createMemoryStore(), clock, checkResults: true });
  app = { url: composed.url, apiToken: composed.apiToken.secret.reveal() };
  [amira, omar] = [await consoles.join(app, 'Amira'), await consoles.join(app, 'Omar')];
});
afterEach(() => consoles.close());
afterAll(() => composed.stop());

/** A session that Amira holds, with the console of hers and the one of Omar. */
async function held() {
  const { visitor, sessionId } = await consoles.customer(app, '/agent');
  await visitor.listen();
  const [hers, his] = [consoles.open(app, amira.token), consoles.open(app, omar.token)];
  await hers.client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
  await hers.client.send({ type: 'claim', sessionId });
  const { version } = await consoles.session(app, sessionId);
  const schedule = (id: string, text: string, part: Partial<Extract<Request, { readonly type: 'schedule' }>>) =>
    hers.client.send({ type: 'schedule', sessionId, id, text, seen: version, ...part });
  return { visitor, sessionId, hers, his, version, schedule };
}

const contextOf = async (sessionId: string) => (await consoles.session(app, sessionId)).snapshot.snapshot.context;
const calls = (console: Console) => console.of('attention').map(({ reason, agentId }) => [reason, agentId]);

test('any agent changes the facts of a session, and the journal says who and from what', async () => {
  const { sessionId, his } = await held();
  await his.client.send({ type: 'update', sessionId, tags: { add: ['vip'] }, entities: { budget: { value: 3, was: null } } });
  await his.client.send({ type: 'update', sessionId, priority: 'urgent', entities: { budget: { value: 4, was: 3 } } });
  const stale = await his.client.send({ type: 'update', sessionId, entities: { budget: { value: 5, was: 3 } } });
  expect(stale.ignored).toContain('meanwhile');
  expect(await contextOf(sessionId)).toMatchObject({ tags: ['vip'], priority: 'urgent', entities: { budget: 4 } });
  const journal = await consoles.journal(app, sessionId);
  expect(journal.findLast(({ text }) => text?.includes('3 → 4'))).toMatchObject({ author: 'Omar', kind: 'transition' });
  const list = await (await consoles.api(app, 'GET', '/api/sessions?tag=vip')).json();
  expect(list.sessions).toMatchObject([{ id: sessionId }]);
  const spaced = his.client.send({ type: 'update', sessionId, priority: 'high', tags: { add: [' x'] } });
  await expect(spaced).rejects.toMatchObject({ code: 'invalid_input' });
  const nested = his.client.send({ type: 'update', sessionId, entities: { budget: { value: { low: 1 } } } });
  await expect(nested).rejects.toMatchObject({ code: 'invalid_input' });
});

test('a message is not sent over what the customer has written, and its writer is called', async () => {
  const { visitor, sessionId, schedule, hers } = await held();
  await schedule('message-back', 'The third floor then.', { inMs: 60_000 });
  await visitor.write('It has to be the ground floor.');
  clock.jump(2);
  await vi.waitFor(() => expect(calls(hers)).toContainEqual(['not_sent.customer', amira.id]), PATIENCE);
  expect((await contextOf(sessionId)).scheduled).toMatchObject([{ id: 'message-back', returned: 'customer' }]);
  // Nor is it scheduled over it.
  await expect(schedule('message-blind', 'The third floor then.', { inMs: 0 })).rejects.toMatchObject({ code: 'unseen' });
  await hers.client.send({ type: 'unschedule', sessionId, id: 'message-back' });
  expect((await contextOf(sessionId)).scheduled).toEqual([]);
  expect(visitor.messages.join()).not.toContain('third floor');
});

test('a snoozed session calls its holder at its time, and can be woken before', async () => {
  const { sessionId, hers, his } = await held();
  await expect(his.client.send({ type: 'snooze', sessionId, until: clock.now() + 60_000 })).rejects.toMatchObject({ code: 'held' });
  for (const until of [clock.now() - 1, clock.now() + 25 * 24 * 60 * 60_000])
    await expect(hers.client.send({ type: 'snooze', sessionId, until })).rejects.toMatchObject({ code: 'invalid_input' });
  await hers.client.send({ type: 'snooze', sessionId, until: clock.now() + 60_000 });
  await vi.waitFor(() => expect(hers.of('changes').at(-1)?.sessions.at(-1)?.preview?.snoozedUntil).toBeGreaterThan(0), PATIENCE);
  await hers.client.send({ type: 'unsnooze', sessionId });
  await hers.client.send({ type: 'snooze', sessionId, until: clock.now() + 5 * 60_000 });
  clock.jump(2);
  expect(calls(hers)).not.toContainEqual(['snooze_over', amira.id]);
  clock.jump(4);
  await vi.waitFor(() => expect(calls(hers)).toContainEqual(['snooze_over', amira.id]), PATIENCE);
  await vi.waitFor(() => expect(hers.of('changes').at(-1)?.sessions.at(-1)?.preview?.snoozedUntil).toBeUndefined(), PATIENCE);
});

// Last, because the agents' tokens have expired after it.
test('a message is sent at its time, over the text that its writer has seen', async () => {
  const { visitor, sessionId, schedule } = await held();
  await schedule('message-later', 'Good morning.', { at: clock.now() + 60 * 60_000 });
  await schedule('message-undone', 'Too soon.', { inMs: 30 * 60_000 });
  const { client } = consoles.open(app, amira.token);
  await client.send({ type: 'unschedule', sessionId, id: 'message-undone' });
  clock.jump(61);
  await vi.waitFor(() => expect(visitor.messages.at(-1)).toBe('agent: Good morning.'), PATIENCE);
  expect(visitor.messages.join()).not.toContain('Too soon.');
  expect((await contextOf(sessionId)).scheduled).toEqual([]);
});
