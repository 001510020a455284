/** From a turn of real actors to the places of endpoints. */
import { afterEach, expect, test } from 'vitest';
import * as z from 'zod';
import { defineEffect } from '#actors/contract/effect.ts';
import { type AssistantBinding, Registry } from '#actors/contract/registry.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { parseAddress } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { createFollower } from '#src/webhooks/follow.ts';
import { KnownEndpoints } from '#src/webhooks/known-endpoints.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { StoredEndpoint } from '#storage/webhooks.ts';
import { TestClock } from '#test/channels/telegram/test-clock.ts';
import { newId } from '#test/contracts/store-fixtures.ts';
import { endpoint } from '#test/contracts/store-webhooks.ts';

const anyEffect = defineEffect({ type: '*', params: z.unknown(), lane: 'address', run: async () => undefined });
const ADDRESS = parseAddress('web:default:v_1');
const binding: AssistantBinding = { name: 'companion', definitions: sessionDefinitions() };
const runtimes: TestRuntime[] = [];
afterEach(() => {
  for (const runtime of runtimes.splice(0)) runtime.abandon();
});

async function open(lifecycle: StoreLifecycle, clock: TestClock, owner = 'a') {
  const { store, webhooks } = lifecycle;
  const known = new KnownEndpoints({ webhooks, clock, onError: () => {} });
  await known.refresh();
  const moves: true[] = [];
  const follower = createFollower({ known, webhooks, onMoved: () => void moves.push(true) });
  const registry = new Registry({ assistants: [binding], effects: [follower.effect], fallbackEffect: anyEffect });
  const runtime = new TestRuntime({ store, registry, owner, newSessionId: newId, clock, follow: follower.follow });
  runtimes.push(runtime);
  const say = (id: string) =>
    runtime.deliver(
      { address: ADDRESS, assistant: 'companion' },
      { type: 'customer.message', id, at: clock.now(), text: id },
      { eventId: id },
    );
  const idle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 5; quiet = runtime.busy ? 0 : quiet + 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { runtime, known, say, idle, moved: () => moves.length };
}

function setUp() {
  const lifecycle = createMemoryStore();
  const clock = new TestClock({ automatic: false });
  const put = (parts: Partial<StoredEndpoint> = {}) =>
    lifecycle.webhooks.putEndpoint(endpoint('e', { channels: null, events: { 'message.received': 0 }, ...parts }));
  const place = async () => (await lifecycle.webhooks.duePlaces('e', clock.now(), 5))[0];
  return { lifecycle, clock, put, place };
}

test('a turn that an endpoint wants carries one piece of work, and others carry none', async () => {
  const { lifecycle, clock, put, place } = setUp();
  await put();
  const one = await open(lifecycle, clock);
  const { sessionId } = await one.say('hello');
  await one.idle();
  const { store } = lifecycle;
  const messages = (await store.journal(sessionId, 0, 50)).filter(({ kind }) => kind === 'customer.message');
  expect(await place()).toMatchObject({ sessionId, done: 0 });
  expect((await place())?.upTo).toBeGreaterThanOrEqual(messages[0]?.seq ?? Number.NaN);
  expect(one.moved()).toBe(1);
  await one.runtime.remark(sessionId, { author: 'amira', text: 'a note', eventId: 'n1', payload: null });
  await one.idle();
  expect(one.moved()).toBe(1);
  await one.say('again');
  await one.idle();
  const row = await store.load({ id: sessionId });
  expect((await place())?.upTo).toBeGreaterThan(messages[0]?.seq ?? 0);
  expect((await place())?.upTo).toBeLessThanOrEqual(row?.version ?? 0);
});

test.each([
  ['another assistant', { assistants: ['analyst'] }],
  ['another channel', { channels: ['telegram'] }],
  ['other events', { events: { 'rating.given': 0 } }],
])('an endpoint for %s gets nothing', async (_name, parts) => {
  const { lifecycle, clock, put, place } = setUp();
  await put(parts);
  const one = await open(lifecycle, clock);
  await one.say('hello');
  await one.idle();
  expect(one.moved()).toBe(0);
  expect(await place()).toBeUndefined();
});

test('an endpoint that is disabled keeps its place', async () => {
  const { lifecycle, clock, put, place } = setUp();
  await put({ disabled: { at: 1, reason: 'gone', detail: '' } });
  const one = await open(lifecycle, clock);
  await one.say('hello');
  await one.idle();
  expect((await place())?.upTo).toBeGreaterThan(0);
});

test('an instance that died after the commit loses nothing, because another does its work', async () => {
  const { lifecycle, clock, put, place } = setUp();
  await put();
  const { store, webhooks } = lifecycle;
  const away = { ...webhooks, follow: () => Promise.reject(new Error('died')) };
  const one = await open({ ...lifecycle, webhooks: away }, clock);
  await one.say('hello');
  for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
  one.runtime.abandon();
  expect(await place()).toBeUndefined();
  clock.advance(60_000);
  const two = await open({ ...lifecycle, store }, clock, 'b');
  await two.runtime.sweep();
  await two.idle();
  expect((await place())?.upTo).toBeGreaterThan(0);
});

test('while an instance does not know the endpoints, it takes every turn for wanted', async () => {
  const { lifecycle, clock, put, place } = setUp();
  const one = await open(lifecycle, clock);
  await one.say('hello');
  await one.idle();
  expect(one.moved()).toBe(0);
  // Made by another instance, and this one could not read the list since.
  await put();
  clock.advance(5_001);
  expect(one.known.isCurrent).toBe(false);
  await one.say('again');
  await one.idle();
  expect((await place())?.upTo).toBeGreaterThan(0);
});

test('replaying the journal needs none of that work', async () => {
  const { lifecycle, clock, put } = setUp();
  await put();
  const one = await open(lifecycle, clock);
  const { sessionId } = await one.say('hello');
  await one.idle();
  const [with_] = [await lifecycle.store.load({ id: sessionId })];
  const other = setUp();
  const two = await open(other.lifecycle, other.clock);
  const { sessionId: plainId } = await two.say('hello');
  await two.idle();
  const without = await other.lifecycle.store.load({ id: plainId });
  expect(JSON.stringify(with_?.snapshot).replaceAll(sessionId, plainId)).toBe(JSON.stringify(without?.snapshot));
});
