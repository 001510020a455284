/**
 * What the watchers of sessions receive, on one instance and on others, over an exchange that the
 * test inspects.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type SessionsEvent, type SessionsTopic, summaryOf } from '#actors/contract/live-events.ts';
import { systemClock } from '#actors/contract/system-clock.ts';
import { createLive, type Live } from '#actors/live/live.ts';
import type { SessionId } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import { newSession } from '#test/contracts/store-fixtures.ts';
import { SharedExchange } from './shared-exchange.ts';

const PATIENCE = { interval: 5 };
const ALL: SessionsTopic = { filter: {} };

const instances: Live[] = [];
afterEach(() => {
  for (const { membership } of instances.splice(0)) membership.stop(false);
});

function instance(
  exchange: SharedExchange,
  owner: string,
  load: (id: SessionId) => Promise<SessionRow | undefined> = async () => undefined,
) {
  const onError = (error: unknown) => expect.fail(String(error));
  const live = createLive({
    exchange: exchange.join(),
    owner,
    clock: systemClock,
    machines: [],
    load,
    preview: () => null,
    onError,
  });
  live.membership.start({ run: () => {}, work: () => {} });
  instances.push(live);
  return live;
}

/** A turn of the session, and the row after it. */
function turn({ topics }: Live, before: SessionRow, changes: Partial<SessionRow> = {}): SessionRow {
  const after = { ...before, ...changes, version: before.version + 1 };
  topics.committed(before, after);
  return after;
}

function watch({ topics }: Live, topic: SessionsTopic) {
  const events: SessionsEvent[] = [];
  const stop = topics.watch(topic, (event) => void events.push(event));
  return { events, stop };
}

/** Events in few words. */
function brief(events: readonly SessionsEvent[]): string[] {
  return events.map((event) => {
    if (event.type === 'session') return `${event.session.state} ${event.session.version}`;
    if (event.type === 'left') return `left ${event.version}`;
    return event.type === 'live' ? event.event.type : event.type;
  });
}

/** What is alive, in bytes. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Two instances, of which the second watches, and the first knows that. */
async function pair(exchange: SharedExchange, topic: SessionsTopic, load?: (id: SessionId) => Promise<SessionRow | undefined>) {
  const [a, b] = [instance(exchange, 'a'), instance(exchange, 'b', load)];
  const watching = watch(b, topic);
  await expect.poll(() => watching.events, PATIENCE).toEqual([{ type: 'gap' }]);
  watching.events.length = 0;
  return { a, b, ...watching };
}

describe('a watcher of sessions', () => {
  it('receives the facts after each turn of a session that matches, and that it left', async () => {
    const a = instance(new SharedExchange(), 'a');
    const waiting = watch(a, { filter: { queue: 'billing' } });
    const all = watch(a, ALL);
    const opened = turn(a, newSession());
    await settled();
    const queued = turn(a, opened, { state: 'WAITING_AGENT', handler: 'none', queue: 'billing', waitingSince: 7 });
    await settled();
    const claimed = turn(a, queued, { state: 'ACTIVE', handler: 'human', queue: null, waitingSince: null, agentId: 'amira' });
    await settled();
    turn(a, claimed, { state: 'CLOSED', open: false });
    await settled();
    expect(brief(waiting.events)).toEqual(['WAITING_AGENT 2', 'left 3']);
    expect(brief(all.events)).toEqual(['ACTIVE 1', 'WAITING_AGENT 2', 'ACTIVE 3', 'CLOSED 4']);
    const { snapshot: _, machineId: __, machineVersion: ___, wakeAt: ____, closedAt: _____, previousId: ______, ...facts } = queued;
    expect(waiting.events[0]).toEqual({ type: 'session', session: { ...facts, preview: null } });
  });

  it.each<[keyof SessionsTopic['filter'], Partial<SessionRow>, Partial<SessionRow>, SessionsTopic['filter']]>([
    ['state', { state: 'IDLE' }, { state: 'ACTIVE' }, { state: 'IDLE' }],
    ['agent', { agentId: 'amira' }, { agentId: 'ben' }, { agent: 'amira' }],
    ['queue', { queue: 'billing' }, { queue: 'sales' }, { queue: 'billing' }],
    ['assistant', { assistant: 'x' }, { assistant: 'y' }, { assistant: 'x' }],
    ['handler', { handler: 'human' }, { handler: 'bot' }, { handler: 'human' }],
    ['tag', { tags: ['vip', 'new'] }, { tags: ['new'] }, { tag: 'vip' }],
    ['open', { open: true }, { open: false }, { open: true }],
  ])('follows a filter by %s, on other instances too', async (_name, matching, other, filter) => {
    const { a, events } = await pair(new SharedExchange(), { filter });
    const before = newSession({ ...other, version: 4 });
    const entered = turn(a, before, matching);
    await expect.poll(() => brief(events), PATIENCE).toEqual([`${entered.state} 5`]);
    const left = turn(a, entered, other);
    turn(a, left, { lastActivityAt: 9 });
    await expect.poll(() => brief(events), PATIENCE).toHaveLength(2);
    expect(events[1]).toMatchObject({ type: 'left', sessionId: before.id });
  });

  it('follows a channel', async () => {
    const { a, events } = await pair(new SharedExchange(), { filter: { channel: 'web' } });
    turn(a, newSession());
    await expect.poll(() => brief(events), PATIENCE).toEqual(['ACTIVE 1']);
    expect(brief(watch(a, { filter: { channel: 'telegram' } }).events)).toEqual([]);
  });

  it('is not misled by turns that arrive in another order', async () => {
    const { topics } = instance(new SharedExchange(), 'a');
    const events: SessionsEvent[] = [];
    topics.watch({ filter: { queue: 'billing' } }, (event) => void events.push(event));
    const row = summaryOf(newSession({ queue: 'billing' }), null);
    topics.receive({ session: { ...row, version: 3, queue: 'billing' }, was: {} });
    // The fifth turn entered another queue, and arrives before the fourth, which left this one.
    topics.receive({ session: { ...row, version: 5, queue: 'sales' }, was: { queue: null } });
    topics.receive({ session: { ...row, version: 4, queue: null }, was: { queue: 'billing' } });
    topics.receive({ session: { ...row, version: 3, queue: 'billing' }, was: { queue: null } });
    await settled();
    expect(brief(events)).toEqual(['left 5']);
  });

  it('receives runs, typing and calls for an agent of sessions that match, and text if it wants it', async () => {
    const exchange = new SharedExchange();
    const row = newSession({ queue: 'billing', version: 3 });
    const load = vi.fn(async (id: SessionId) => (id === row.id ? row : undefined));
    const { a, b, events } = await pair(exchange, { filter: { queue: 'billing' } }, load);
    const other = watch(b, { filter: { queue: 'sales' } });
    const text = watch(b, { filter: { queue: 'billing' }, deltas: true });
    await vi.waitFor(() => expect(a.membership.deltasWanted).toBe(true), PATIENCE);
    a.live.publish(row.address, row.id, { type: 'run', runId: 'r', phase: 'started' });
    a.live.publish(row.address, row.id, { type: 'delta', runId: 'r', offset: 0, text: 'one' });
    a.live.publish(row.address, row.id, { type: 'delta', runId: 'r', offset: 3, text: ' two' });
    a.live.publish(row.address, row.id, { type: 'typing', by: 'customer', at: 5 });
    a.topics.passed(row.id, { type: 'attention', reason: 'asked', queue: 'billing' });
    await expect.poll(() => brief(events), PATIENCE).toEqual(['run', 'typing', 'attention']);
    expect(events[2]).toEqual({
      type: 'live',
      sessionId: row.id,
      address: row.address,
      event: { type: 'attention', reason: 'asked', queue: 'billing' },
    });
    expect(brief(text.events)).toEqual(['run', 'typing', 'attention', 'delta']);
    expect(text.events[3]).toMatchObject({ event: { offset: 0, text: 'one two' } });
    expect(other.events).toEqual([]);
    // Its facts are known from then on.
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('that stopped receives nothing, also of what waited', async () => {
    const a = instance(new SharedExchange(), 'a');
    const { events, stop } = watch(a, ALL);
    turn(a, newSession());
    stop();
    stop();
    turn(a, newSession());
    await settled();
    expect(events).toEqual([]);
    expect(a.topics.wanted).toBe(false);
  });

  it('whose listener fails goes on', async () => {
    const errors: unknown[] = [];
    const { topics } = createLive({
      exchange: new SharedExchange().join(),
      owner: 'a',
      clock: systemClock,
      machines: [],
      load: async () => undefined,
      preview: () => null,
      onError: (error) => void errors.push(error),
    });
    const events: SessionsEvent[] = [];
    topics.watch(ALL, async (event) => {
      events.push(event);
      if (events.length === 1) throw new Error('no');
    });
    for (let n = 0; n < 3; n += 1) topics.committed(newSession(), newSession({ version: 1 }));
    await vi.waitFor(() => expect(events).toHaveLength(3), PATIENCE);
    expect(errors).toEqual([new Error('no')]);
  });
});

describe('a slow watcher', () => {
  const SESSIONS = 1_000;

  it('receives the latest facts of each session, whatever happened meanwhile', async () => {
    const a = instance(new SharedExchange(), 'a');
    const events: SessionsEvent[] = [];
    const ready = Promise.withResolvers<void>();
    a.topics.watch(ALL, async (event) => {
      events.push(event);
      await ready.promise;
    });
    let rows = Array.from({ length: SESSIONS }, () => newSession());
    for (let round = 0; round < 100; round += 1) {
      rows = rows.map((row) => turn(a, row));
      if (round === 0) await settled();
    }
    ready.resolve();
    await vi.waitFor(() => expect(events).toHaveLength(SESSIONS + 1), PATIENCE);
    // The first was on its way. 100,000 turns have become one event for each session.
    expect(brief(events.slice(0, 1))).toEqual(['ACTIVE 1']);
    expect(new Set(brief(events.slice(1)))).toEqual(new Set(['ACTIVE 100']));
  });

  it('receives one gap instead of more sessions than may wait, in bounded memory', async () => {
    const a = instance(new SharedExchange(), 'a');
    const events: SessionsEvent[] = [];
    const ready = Promise.withResolvers<void>();
    a.topics.watch(ALL, async (event) => {
      events.push(event);
      await ready.promise;
    });
    const before = newSession({ tags: ['x'.repeat(1_000)] });
    turn(a, before);
    await settled();
    const used = heapUsed();
    for (let n = 0; n < 100_000; n += 1) turn(a, { ...before, id: newSession().id, tags: [`${n}`.padEnd(1_000, 'x')] });
    // 100,000 sessions of a kilobyte each. 1,000 wait, and the facts of 5,000 are remembered.
    expect(heapUsed() - used).toBeLessThan(20_000_000);
    ready.resolve();
    await vi.waitFor(() => expect(brief(events).includes('gap')).toBe(true), PATIENCE);
    await settled();
    expect(brief(events.slice(0, 2))).toEqual(['ACTIVE 1', 'gap']);
    expect(events.length).toBeLessThanOrEqual(2 + SESSIONS);
    expect(events.filter(({ type }) => type === 'gap')).toHaveLength(1);
  });

  it('receives the text of an answer in one piece, or that a piece is missing', async () => {
    const a = instance(new SharedExchange(), 'a');
    const events: SessionsEvent[] = [];
    let ready = Promise.withResolvers<void>();
    a.topics.watch({ filter: {}, deltas: true }, async (event) => {
      events.push(event);
      await ready.promise;
    });
    const row = turn(a, newSession());
    await settled();
    for (let n = 0; n < 100_000; n += 1) a.live.publish(row.address, row.id, { type: 'delta', runId: 'r', offset: n, text: 'x' });
    ready.resolve();
    await vi.waitFor(() => expect(brief(events)).toHaveLength(3), PATIENCE);
    expect(brief(events)).toEqual(['ACTIVE 1', 'gap', 'delta']);
    ready = Promise.withResolvers<void>();
    events.length = 0;
    a.live.publish(row.address, row.id, { type: 'run', runId: 's', phase: 'started' });
    await settled();
    for (let n = 0; n < 10_000; n += 1) a.live.publish(row.address, row.id, { type: 'delta', runId: 's', offset: n, text: 'y' });
    ready.resolve();
    await vi.waitFor(() => expect(brief(events)).toEqual(['run', 'delta']), PATIENCE);
    expect(events[1]).toMatchObject({ event: { offset: 0, text: 'y'.repeat(10_000) } });
  });
});

describe('between instances', () => {
  it('nothing is sent and nothing remembered while nobody watches', async () => {
    const exchange = new SharedExchange();
    const { a, b, stop } = await pair(exchange, ALL);
    stop();
    await vi.waitFor(() => expect(a.topics.wanted).toBe(false), PATIENCE);
    exchange.sent.length = 0;
    let row = newSession();
    for (let n = 0; n < 1_000; n += 1) row = turn(a, row);
    a.topics.passed(row.id, { type: 'attention', reason: 'asked' });
    await settled();
    expect(exchange.sent).toEqual([]);
    expect(b.topics.wanted).toBe(false);
  });

  it('turns go to each instance that watches, and to no other', async () => {
    const exchange = new SharedExchange();
    const [a, b, c] = [instance(exchange, 'a'), instance(exchange, 'b'), instance(exchange, 'c')];
    const there = watch(b, ALL);
    const here = watch(a, ALL);
    await expect.poll(() => brief(there.events), PATIENCE).toContain('gap');
    await vi.waitFor(() => expect(c.membership.sessionWatchers.toSorted()).toEqual(['a', 'b']), PATIENCE);
    const row = turn(c, newSession());
    turn(a, row);
    await expect.poll(() => brief(there.events).at(-1), PATIENCE).toBe('ACTIVE 2');
    await expect.poll(() => brief(here.events), PATIENCE).toContain('ACTIVE 2');
    expect(c.membership.count).toBe(3);
  });

  it('turns of a session that follow at once are one record, with the facts before the first', async () => {
    const exchange = new SharedExchange();
    const { a, events } = await pair(exchange, { filter: { queue: 'billing' } });
    let row = newSession({ queue: 'billing', version: 1 });
    turn(a, newSession());
    exchange.sent.length = 0;
    for (const queue of ['sales', 'support', null]) row = turn(a, row, { queue });
    await expect.poll(() => brief(events), PATIENCE).toEqual(['left 4']);
    expect(exchange.ofType('sessions')).toHaveLength(1);
  });

  it('many turns are sent in messages that the exchange takes', async () => {
    const exchange = new SharedExchange(2_000);
    const { a, events } = await pair(exchange, ALL);
    for (let n = 0; n < 100; n += 1) turn(a, newSession());
    await expect.poll(() => events.length, PATIENCE).toBe(100);
    expect(brief(events)).not.toContain('gap');
    // One that is too long is missed, and its watchers load their lists again.
    turn(a, newSession({ tags: ['x'.repeat(3_000)] }));
    turn(a, newSession());
    await expect.poll(() => brief(events.slice(100)), PATIENCE).toEqual(['gap', 'ACTIVE 1']);
  });

  it('a message that was lost is a gap, at the next message or sign of life', async () => {
    const exchange = new SharedExchange();
    const { a, events } = await pair(exchange, ALL);
    exchange.losing = ['sessions'];
    turn(a, newSession());
    await vi.waitFor(() => expect(exchange.ofType('sessions').length).toBeGreaterThan(1), PATIENCE);
    expect(events).toEqual([]);
    exchange.losing = false;
    turn(a, newSession());
    await expect.poll(() => brief(events), PATIENCE).toEqual(['gap', 'ACTIVE 1']);
    exchange.losing = ['sessions'];
    turn(a, newSession());
    await expect.poll(() => brief(events), PATIENCE).toEqual(['gap', 'ACTIVE 1', 'gap']);
  });

  it('a watcher receives a gap when its exchange is connected again', async () => {
    const exchange = new SharedExchange();
    const { events } = await pair(exchange, ALL);
    exchange.reconnect('b');
    await expect.poll(() => brief(events), PATIENCE).toContain('gap');
  });

  it('a watcher receives a gap when another instance begins to send, and loads what that committed before', async () => {
    const exchange = new SharedExchange();
    const { events } = await pair(exchange, ALL);
    const c = instance(exchange, 'c');
    turn(c, newSession());
    await expect.poll(() => brief(events), PATIENCE).toEqual(['gap']);
    turn(c, newSession());
    await expect.poll(() => brief(events), PATIENCE).toEqual(['gap', 'ACTIVE 1']);
  });

  it('an instance of 0.1.0 is sent nothing of it, and reads what it is sent', async () => {
    const exchange = new SharedExchange();
    const { a, events } = await pair(exchange, ALL);
    const received: unknown[] = [];
    const old = exchange.join();
    old.start('old', { receive: (message) => void received.push(message), connected: () => {} });
    old.send({ type: 'here', from: 'old', watches: [], asks: true });
    await vi.waitFor(() => expect(a.membership.count).toBe(3), PATIENCE);
    turn(a, newSession());
    await expect.poll(() => brief(events), PATIENCE).toEqual(['ACTIVE 1']);
    const types = new Set(received.map((message) => Reflect.get(Object(message), 'type')));
    expect([...types].filter((type) => !['here', 'runs', 'gone', 'run', 'work', 'live'].includes(String(type)))).toEqual([]);
    // Its schema.
    const here = z.object({ type: z.literal('here'), from: z.string(), watches: z.array(z.number()), asks: z.boolean() });
    const introductions = received.filter((message) => Reflect.get(Object(message), 'type') === 'here');
    expect(introductions.length).toBeGreaterThan(0);
    for (const message of introductions) expect(here.safeParse(message).error).toBeUndefined();
  });
});
