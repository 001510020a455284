import { expect, test } from 'vitest';
import { GIVE_UP_AFTER, WAITS } from '#src/webhooks/schedule.ts';
import type { Answer } from '#src/webhooks/send.ts';
import { newId } from '#test/contracts/store-fixtures.ts';
import { ids, type Received, verify } from './receiver.ts';
import { scenes } from './scene.ts';

const { openScene, receiverAt } = scenes();

const HOUR = 3_600_000;

function texts(received: readonly Received[]): Map<string, string[]> {
  const bySession = Map.groupBy(received, ({ body }) => body.data.session?.id ?? '');
  return new Map([...bySession].map(([id, all]) => [id, all.map(({ body }) => String(Reflect.get(body.data, 'text')))]));
}

test('sends the entries of each session in order, signed, and once while all is well', async () => {
  const receiver = await receiverAt();
  const scene = await openScene();
  const { id, secret } = await scene.make(receiver.url, { events: ['session.opened', 'message.received'] });
  for (let n = 1; n <= 40; n += 1) await scene.say(`v_${n % 3}`, `text ${n}`, [id]);
  scene.start();
  await scene.idle();
  const all = receiver.taken;
  for (const received of all) verify(secret, received);
  expect(all).toHaveLength(43);
  expect(new Set(ids(all)).size).toBe(43);
  for (const one of texts(all.filter(({ body }) => body.type === 'message.received')).values()) {
    const numbers = one.map((text) => Number(text.slice(5)));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
  expect(all[0]?.body).toMatchObject({ type: 'session.opened', data: { session: { channel: 'web', assistant: 'companion', seq: 1 } } });
  expect(scene.errors).toEqual([]);
  await scene.restart();
  expect(receiver.requests).toHaveLength(43);
});

test('a receiver that is down for two hours gets everything in order, and few requests meanwhile', async () => {
  const first = await receiverAt();
  const { url } = first;
  const scene = await openScene({ agoMs: 2 * HOUR + 5 * 60_000 });
  const { id, secret } = await scene.make(url);
  scene.start();
  await first.close();
  for (let minute = 0; minute < 120; minute += 1) {
    if (minute % 4 === 0) await scene.say(`v_${minute % 12}`, `text ${minute}`, [id]);
    await scene.advance(60_000, 5_000);
  }
  const log = await scene.lifecycle.webhooks.deliveries(id, {}, 200);
  expect(log.items.every(({ outcome, reason }) => outcome === 'failed' && /ECONNREFUSED/.test(reason ?? ''))).toBe(true);
  expect(log.items.length).toBeLessThan(30);
  const again = await receiverAt('127.0.0.1', Number(new URL(url).port));
  for (let second = 0; second < 600 && again.taken.length < 30; second += 1) await scene.advance(1_000);
  for (const received of again.taken) verify(secret, received);
  const sent = texts(again.taken);
  expect([...sent.values()].flat()).toHaveLength(30);
  for (const one of sent.values()) {
    const numbers = one.map((text) => Number(text.slice(5)));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
  expect((await scene.lifecycle.webhooks.endpoints())[0]?.health).toMatchObject({ failures: 0, failingSince: null });
  expect(scene.disabled).toEqual([]);
});

test('a receiver that fails at random gets every event at least once, in order', async () => {
  const receiver = await receiverAt();
  let seed = 7;
  receiver.reply = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return { status: seed / 2_147_483_648 < 0.3 ? 500 : 200 };
  };
  const scene = await openScene();
  const { id } = await scene.make(receiver.url);
  scene.start();
  for (let n = 1; n <= 60; n += 1) await scene.say(`v_${n % 4}`, `text ${n}`, [id]);
  await scene.advance(2 * HOUR, 10_000);
  const sent = texts(receiver.taken);
  for (const one of sent.values()) {
    const numbers = one.map((text) => Number(text.slice(5)));
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  }
  expect([...sent.values()].flat()).toHaveLength(60);
  expect(receiver.requests.length).toBeGreaterThan(70);
});

test('a slow receiver is cut off, and the event is sent again', async () => {
  const receiver = await receiverAt();
  const slow = Promise.withResolvers<{ status: number }>();
  receiver.reply = () => (receiver.requests.length === 1 ? slow.promise : { status: 204 });
  const scene = await openScene({ timeoutMs: 50 });
  const { id } = await scene.make(receiver.url);
  scene.start();
  await scene.say('v_1', 'first', [id]);
  await scene.say('v_1', 'second', [id]);
  await scene.idle();
  slow.resolve({ status: 200 });
  await scene.advance(6_000);
  expect(texts(receiver.requests).values().next().value).toEqual(['first', 'first', 'second']);
  const [last] = (await scene.lifecycle.webhooks.deliveries(id, { outcome: 'failed' }, 5)).items;
  expect(last).toMatchObject({ status: null, reason: 'no answer within 0.05 s', attempt: 1 });
});

test('waits as long as Retry-After says, without counting an attempt', async () => {
  const receiver = await receiverAt();
  receiver.reply = () => ({ status: 429, headers: { 'retry-after': '600' } });
  const scene = await openScene();
  const { id } = await scene.make(receiver.url);
  scene.start();
  await scene.say('v_1', 'one', [id]);
  await scene.say('v_2', 'two', [id]);
  await scene.idle();
  const before = receiver.requests.length;
  await scene.advance(598_000, 2_000);
  expect(receiver.requests).toHaveLength(before);
  receiver.reply = () => ({ status: 200, body: 'thanks' });
  await scene.advance(4_000);
  expect(receiver.taken).toHaveLength(2);
  const [last] = (await scene.lifecycle.webhooks.deliveries(id, {}, 1)).items;
  expect(last).toMatchObject({ attempt: 1, status: 200, answer: 'thanks', outcome: 'delivered' });
});

test('410 disables at once, and enabling sends what was missed, or skips it', async () => {
  const receiver = await receiverAt();
  receiver.reply = () => ({ status: 410 });
  const scene = await openScene();
  const { id } = await scene.make(receiver.url);
  scene.start();
  await scene.say('v_1', 'one', [id]);
  await scene.idle();
  expect(scene.disabled).toMatchObject([{ id, disabled: { reason: 'gone', detail: 'answered 410' } }]);
  receiver.reply = () => ({ status: 200 });
  await scene.say('v_1', 'two', [id]);
  await scene.advance(60_000);
  expect(receiver.requests).toHaveLength(1);
  await scene.admin.update(id, 2, { disabled: false });
  await scene.idle();
  expect(texts(receiver.taken).values().next().value).toEqual(['one', 'two']);
  await scene.admin.update(id, 3, { disabled: true });
  await scene.say('v_1', 'three', [id]);
  await scene.advance(5_000);
  await scene.admin.update(id, 4, { disabled: false, missed: 'skip' });
  await scene.advance(1_000);
  await scene.say('v_1', 'four', [id]);
  await scene.idle();
  expect(texts(receiver.taken).values().next().value).toEqual(['one', 'two', 'four']);
});

test('after three days without success it is disabled, with the reason', async () => {
  const answer: Answer = { status: 503, reason: 'answered 503', retryAfter: undefined, latencyMs: 1, answer: 'down' };
  const scene = await openScene({ sender: { send: async () => answer } });
  const { id } = await scene.make('http://127.0.0.1:1/');
  scene.start();
  await scene.say('v_1', 'one', [id]);
  await scene.advance(GIVE_UP_AFTER - HOUR, 60_000);
  expect(scene.disabled).toEqual([]);
  await scene.restart();
  await scene.advance(HOUR + 20 * 60_000, 60_000);
  expect(scene.disabled).toMatchObject([{ id, version: 2, disabled: { reason: 'failing', detail: 'answered 503' } }]);
  expect((await scene.admin.list())[0]).toMatchObject({ waiting: 1, health: { failingSince: expect.any(Number) } });
});

test('an event that is refused for days is given up, while others are received, and the next one follows', async () => {
  const scene = await openScene({
    sender: {
      send: async (_url, _headers, body) => {
        const isPoison = body.includes('poison');
        return { status: isPoison ? 400 : 200, reason: isPoison ? 'answered 400' : null, retryAfter: undefined, latencyMs: 1, answer: '' };
      },
    },
  });
  const { id } = await scene.make('http://127.0.0.1:1/');
  scene.start();
  await scene.say('v_1', 'poison', [id]);
  await scene.say('v_1', 'after', [id]);
  const total = WAITS.reduce((sum, wait) => sum + wait, 0);
  for (let passed = 0; passed < total + HOUR; passed += HOUR) {
    // Others succeed, so the receiver does not count as down.
    for (let n = 0; n < 6; n += 1) {
      await scene.say('v_2', `fine ${passed} ${n}`, [id]);
      await scene.advance(HOUR / 6, 60_000);
    }
  }
  const failed = (await scene.lifecycle.webhooks.deliveries(id, { outcome: 'failed' }, 100)).items;
  expect(failed).toHaveLength(WAITS.length + 1);
  expect(failed[0]?.reason).toBe(`answered 400, given up after ${WAITS.length + 1} attempts`);
  const delivered = (await scene.lifecycle.webhooks.deliveries(id, { outcome: 'delivered' }, 2_000)).items;
  expect(delivered.filter(({ sessionId }) => sessionId === failed[0]?.sessionId)).toHaveLength(1);
  expect(scene.disabled).toEqual([]);
});

test('a stop in the middle loses nothing, and the next instance goes on in order', async () => {
  const receiver = await receiverAt();
  const held = Promise.withResolvers<void>();
  receiver.reply = async () => {
    if (receiver.requests.length === 2) await held.promise;
    return { status: 200 };
  };
  const scene = await openScene();
  const { id } = await scene.make(receiver.url);
  for (const text of ['one', 'two', 'three']) await scene.say('v_1', text, [id]);
  scene.start();
  while (receiver.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const restarted = scene.restart();
  held.resolve();
  await restarted;
  await scene.idle();
  const all = [...new Set(texts(receiver.requests).values().next().value)];
  expect(all).toEqual(['one', 'two', 'three']);
});

test('a delivery and a time are replayed with the same ids, in order', async () => {
  const receiver = await receiverAt();
  const scene = await openScene();
  const { id } = await scene.make(receiver.url);
  scene.start();
  for (const text of ['one', 'two', 'three']) {
    await scene.say('v_1', text, [id]);
    await scene.advance(1_000);
  }
  const log = (await scene.lifecycle.webhooks.deliveries(id, {}, 10)).items.toReversed();
  const before = ids(receiver.taken);
  expect(await scene.admin.replay(id, log[1]?.id ?? '')).toBe(true);
  await scene.idle();
  expect(ids(receiver.taken)).toEqual([...before, before[1]]);
  expect(await scene.admin.replayRange(id, { from: log[0]?.at ?? 0, to: log[2]?.at ?? 0 }, 10)).toBe(2);
  await scene.idle();
  expect(ids(receiver.taken)).toEqual([...before, before[1], before[0], before[1]]);
  expect(await scene.admin.replayRange(id, { from: 0, to: Number.MAX_SAFE_INTEGER }, 2)).toBeUndefined();
  const ping = await scene.admin.ping(id);
  expect(ping).toMatchObject({ event: 'webhook.ping', outcome: 'delivered', sessionId: null });
  expect(await scene.admin.replay(id, ping?.id ?? '')).toBe(false);
});

test('both secrets sign while a receiver changes over', async () => {
  const receiver = await receiverAt();
  const scene = await openScene();
  const { id, secret } = await scene.make(receiver.url);
  const rotated = await scene.admin.rotate(id, HOUR);
  if (rotated === undefined || rotated === 'changed') throw new Error('not rotated');
  await scene.admin.ping(id);
  const [first] = receiver.taken;
  if (first === undefined) throw new Error('nothing came');
  verify(secret, first);
  verify(rotated.secret, first);
  await scene.advance(HOUR + 1_000, 60_000);
  await scene.admin.ping(id);
  expect(String(receiver.taken[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1);
});

test('a place of a session that was deleted is removed, and nothing is sent', async () => {
  const receiver = await receiverAt();
  const scene = await openScene();
  const { id } = await scene.make(receiver.url);
  const { webhooks } = scene.lifecycle;
  await webhooks.follow([{ endpointId: id, sessionId: newId(), upTo: 3 }]);
  scene.start();
  await scene.say('v_1', 'one', [id]);
  await scene.idle();
  expect(await webhooks.countPending(id, 10)).toBe(0);
  expect(receiver.taken).toHaveLength(1);
  expect(scene.errors).toEqual([]);
});
