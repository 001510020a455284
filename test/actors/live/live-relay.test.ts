/**
 * What an instance sends, and what it does with what it receives, over an exchange that the test
 * inspects.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LiveEvent } from '#actors/contract/live-events.ts';
import { systemClock } from '#actors/contract/system-clock.ts';
import { createLive, type Live } from '#actors/live/live.ts';
import { type Address, parseSessionId } from '#machines/ids.ts';
import { freshAddress } from '../counting-machine.ts';
import { SharedExchange } from './shared-exchange.ts';

const SESSION = parseSessionId('019c0000-0000-7000-8000-000000000001');
const PATIENCE = { interval: 5 };

const instances: Live[] = [];
afterEach(() => {
  for (const { membership } of instances.splice(0)) membership.stop(false);
});

function instance(exchange: SharedExchange, owner: string, streams = true) {
  const run = vi.fn(async () => {});
  const work = vi.fn(async () => {});
  const onError = (error: unknown) => expect.fail(String(error));
  const shared = createLive({
    exchange: exchange.join(streams),
    owner,
    clock: systemClock,
    machines: [],
    load: async () => undefined,
    preview: () => null,
    onError,
  });
  shared.membership.start({ run, work });
  instances.push(shared);
  return { ...shared, run, work };
}

const delta = (offset: number, text: string): LiveEvent => ({ type: 'delta', runId: 'r', offset, text });
const turn: LiveEvent = { type: 'state', state: 'ACTIVE', handler: 'bot', open: true, version: 1 };

function watch({ live }: Live, address: Address): { events: LiveEvent[]; text: () => string | undefined; stop: () => void } {
  const events: LiveEvent[] = [];
  const stop = live.watch(address, (_session, event) => events.push(event));
  return { events, stop, text: () => live.partialAnswer(address)?.text };
}

describe('what leaves an instance', () => {
  it('is nothing of turns that nobody watches elsewhere', async () => {
    const exchange = new SharedExchange();
    const [a, b] = [instance(exchange, 'a'), instance(exchange, 'b')];
    const [mine, other] = [freshAddress(), freshAddress()];
    watch(b, other);
    watch(a, mine);
    await vi.waitFor(() => expect(a.membership.watchersOf(other)).toEqual(['b']), PATIENCE);
    exchange.sent.length = 0;
    for (let n = 0; n < 1_000; n += 1) a.live.publish(mine, SESSION, turn);
    a.live.publish(other, SESSION, turn);
    await a.relay.flushed(1_000);
    expect(exchange.sent).toEqual([{ type: 'live', from: 'a', address: other, events: [] }]);
    expect([...exchange.streams.keys()]).toEqual([other]);
  });

  it('is the text of a run in few pieces, whether the address is watched or not', async () => {
    const exchange = new SharedExchange();
    const a = instance(exchange, 'a');
    const address = freshAddress();
    for (let n = 0; n < 100; n += 1) a.live.publish(address, SESSION, delta(n, 'x'));
    await a.relay.flushed(1_000);
    expect(exchange.streams.get(address)).toEqual([
      { from: 'a', events: [[SESSION, { type: 'delta', runId: 'r', offset: 0, text: 'x'.repeat(100) }]] },
    ]);
  });

  it('begins the text again after a piece that was lost', async () => {
    const exchange = new SharedExchange();
    const [a, b] = [instance(exchange, 'a'), instance(exchange, 'b')];
    const address = freshAddress();
    const { text } = watch(b, address);
    a.live.publish(address, SESSION, delta(0, 'one'));
    await expect.poll(text, PATIENCE).toBe('one');
    exchange.failing = true;
    a.live.publish(address, SESSION, delta(3, ' two'));
    await a.relay.flushed(1_000);
    exchange.failing = false;
    a.live.publish(address, SESSION, delta(7, ' three'));
    await expect.poll(text, PATIENCE).toBe('one two three');
  });

  it('is the state after turns, where nothing can be appended any more', async () => {
    const exchange = new SharedExchange();
    const [a, b] = [instance(exchange, 'a'), instance(exchange, 'b')];
    const address = freshAddress();
    const { events } = watch(b, address);
    await vi.waitFor(() => expect(a.membership.watchersOf(address)).toEqual(['b']), PATIENCE);
    exchange.failing = true;
    a.live.publish(address, SESSION, { type: 'run', runId: 'r', phase: 'started' });
    a.live.publish(address, SESSION, turn);
    await expect.poll(() => events, PATIENCE).toEqual([turn]);
  });

  it('is small where there are no streams: that something is in the journal, marks, states, and no text', async () => {
    const exchange = new SharedExchange();
    const [a, b] = [instance(exchange, 'a', false), instance(exchange, 'b', false)];
    const address = freshAddress();
    const { events } = watch(b, address);
    await vi.waitFor(() => expect(a.membership.watchersOf(address)).toEqual(['b']), PATIENCE);
    a.live.publish(address, SESSION, delta(0, 'one'));
    a.live.publish(address, SESSION, { type: 'run', runId: 'r', phase: 'started' });
    const delivery = { status: 'sent', at: 1, ref: 'x'.repeat(5_000) } as const;
    a.live.publish(address, SESSION, { type: 'delivery', seq: 2, delivery });
    a.live.publish(address, SESSION, turn);
    await expect
      .poll(() => events, PATIENCE)
      .toEqual([{ type: 'run', runId: 'r', phase: 'started' }, { type: 'delivery', seq: 2, delivery: { status: 'sent', at: 1 } }, turn]);
  });
});

describe('typing', () => {
  it('reaches the watchers of the address on all instances, in a message of its own', async () => {
    const exchange = new SharedExchange();
    const [a, b] = [instance(exchange, 'a'), instance(exchange, 'b')];
    const address = freshAddress();
    const here = watch(a, address);
    const there = watch(b, address);
    await vi.waitFor(() => expect(a.membership.watchersOf(address)).toEqual(['b']), PATIENCE);
    const typing: LiveEvent = { type: 'typing', by: 'customer', at: 5 };
    a.live.publish(address, SESSION, typing);
    a.live.publish(address, SESSION, turn);
    await expect.poll(() => there.events, PATIENCE).toEqual([typing, turn]);
    expect(here.events).toEqual([typing, turn]);
    // An instance of 0.1.0 would drop a whole piece for an event that it does not know.
    expect(JSON.stringify([exchange.ofType('live'), [...exchange.streams.values()]])).not.toContain('typing');
  });
});

describe('a move', () => {
  it.each([true, false])('leaves by itself, after what was before it (with streams: %s)', async (streams) => {
    const exchange = new SharedExchange();
    const [a, b] = [instance(exchange, 'a', streams), instance(exchange, 'b', streams)];
    const [from, to] = [freshAddress(), freshAddress()];
    const { events } = watch(b, from);
    await vi.waitFor(() => expect(a.membership.watchersOf(from)).toEqual(['b']), PATIENCE);
    const moved: LiveEvent = { type: 'moved', to };
    a.live.publish(from, SESSION, turn);
    a.live.publish(from, SESSION, moved);
    a.live.publish(from, SESSION, turn);
    await a.relay.flushed(1_000);
    await expect.poll(() => events.slice(0, 2), PATIENCE).toEqual([turn, moved]);
    const pieces = streams ? exchange.streams.get(from) : exchange.ofType('live');
    const alone = { events: [[SESSION, { type: 'moved', to }]] };
    expect(pieces).toMatchObject([{ events: [[SESSION, turn]] }, alone, { events: [[SESSION, turn]] }]);
  });
});

describe('a watcher that joins in the middle', () => {
  it('receives the text so far, also if its writer is dead, and nothing of what has ended', async () => {
    const exchange = new SharedExchange();
    const a = instance(exchange, 'a');
    const [going, ended] = [freshAddress(), freshAddress()];
    a.live.publish(going, SESSION, delta(0, 'one'));
    a.live.publish(ended, SESSION, delta(0, 'one'));
    a.live.publish(ended, SESSION, { type: 'run', runId: 'r', phase: 'ended' });
    await a.relay.flushed(1_000);
    a.membership.stop(false);
    const b = instance(exchange, 'b');
    const watching = watch(b, going);
    const other = watch(b, ended);
    await expect.poll(() => watching.events, PATIENCE).toEqual([{ type: 'run', runId: 'r', phase: 'writing' }, delta(0, 'one')]);
    expect(other.events).toEqual([]);
    expect(other.text()).toBeUndefined();
    // Text that is written elsewhere is known only while the address is watched, because no message
    // would report its end.
    watching.stop();
    expect(watching.text()).toBeUndefined();
  });

  it('does not receive again what is written on its own instance', async () => {
    const exchange = new SharedExchange();
    const a = instance(exchange, 'a');
    const address = freshAddress();
    a.live.publish(address, SESSION, delta(0, 'one'));
    await a.relay.flushed(1_000);
    const { events, text } = watch(a, address);
    a.live.publish(address, SESSION, delta(3, ' two'));
    await a.relay.flushed(1_000);
    await vi.waitFor(() => expect(events).toEqual([delta(3, ' two')]), PATIENCE);
    expect(text()).toBe('one two');
  });
});

describe('membership', () => {
  it('introduces itself to a new member, also if its question was lost', async () => {
    const exchange = new SharedExchange();
    const b = instance(exchange, 'b');
    const address = freshAddress();
    watch(b, address);
    await vi.waitFor(() => expect(exchange.sent.length).toBeGreaterThan(1), PATIENCE);
    exchange.losing = true;
    const a = instance(exchange, 'a');
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(a.membership.count).toBe(1);
    exchange.losing = false;
    // Its next sign of life comes two seconds later. What is watched is repeated after ten.
    await vi.waitFor(() => expect(a.membership.watchersOf(address)).toEqual(['b']), { interval: 5 });
  });

  it('passes on runs and freed work, counts members, and ignores rubbish', async () => {
    const exchange = new SharedExchange();
    const [a, b] = [instance(exchange, 'a'), instance(exchange, 'b')];
    a.membership.sendRun(SESSION, 7);
    a.membership.sendWork();
    const noise = exchange.join();
    for (const rubbish of [
      null,
      1,
      'x',
      {},
      { type: 'run', from: 'c', sessionId: '../..', serial: 'x' },
      { type: 'live', from: 'c', address: 'no' },
    ])
      noise.send(rubbish);
    // Of a list, the readable messages are read. A newer version may send events that this one does
    // not know.
    const address = freshAddress();
    const { events } = watch(b, address);
    noise.send({
      type: 'live',
      from: 'c',
      address,
      events: [
        [SESSION, { type: 'hologram' }],
        ['no id', turn],
        [SESSION, turn],
      ],
    });
    await vi.waitFor(() => {
      expect(events).toEqual([turn]);
      expect(b.run.mock.calls).toEqual([[SESSION, 7]]);
      expect(b.work).toHaveBeenCalledTimes(1);
    }, PATIENCE);
    expect(a.run).not.toHaveBeenCalled();
    expect([a.membership.count, b.membership.count]).toEqual([2, 2]);
    b.membership.stop(true);
    await vi.waitFor(() => expect(a.membership.count).toBe(1), PATIENCE);
  });
});
