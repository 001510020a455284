/**
 * Incoming events. Each is taken once and in order, also while the store is away (G1–G3, G7, G8).
 */
import { describe, expect, it, vi } from 'vitest';
import { fromPromise } from 'xstate';
import { Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store } from '#storage/port.ts';
import { countingMachine, countingRuntime, freshAddress, sayEffect } from './counting-machine.ts';
import { contextAt, deliver, drainedAfterEach, kinds } from './counting-sessions.ts';

const started = drainedAfterEach();

describe('delivering events (G1–G3, G8)', () => {
  it('G2: the same event id ten times at once changes state once, and all but one receipt say that it is a duplicate', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    const receipts = await Promise.all(Array.from({ length: 10 }, () => deliver(runtime, address, { type: 'count', text: 'x' }, 'id-1')));
    expect(receipts.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(new Set(receipts.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect((await contextAt(store, address)).heard).toEqual(['x']);
  });

  it('G2: an event id taken by an earlier session of the address opens no new one', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    const first = await deliver(runtime, address, { type: 'count', text: 'x' }, 'id-1');
    await deliver(runtime, address, { type: 'close' });
    const again = await deliver(runtime, address, { type: 'count', text: 'x' }, 'id-1');
    expect(again).toMatchObject({ duplicate: true, sessionId: first.sessionId });
    expect((await store.load({ address }))?.id).toBe(first.sessionId);
    const next = await deliver(runtime, address, { type: 'count', text: 'y' }, 'id-2');
    expect(next.sessionId).not.toBe(first.sessionId);
    expect((await store.load({ address }))?.previousId).toBe(first.sessionId);
    expect(await deliver(runtime, address, { type: 'count', text: 'x' }, 'id-1')).toMatchObject({
      duplicate: true,
      sessionId: first.sessionId,
    });
  });

  it('a thousand events wait at an address, and one more is sent back for later', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    const sent = Array.from({ length: 1_001 }, (_, index) => deliver(runtime, address, { type: 'count', text: String(index) }));
    const failed = (await Promise.allSettled(sent)).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(failed).toEqual([expect.any(Unavailable)]);
    expect((await contextAt(store, address)).heard).toEqual(Array.from({ length: 1_000 }, (_, index) => String(index)));
  });

  it('a request for the state of an address gets what is stored, not the turn that is being computed', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    await deliver(runtime, address, { type: 'count', text: 'x' });
    const seen = runtime
      .addressState(address)
      .then((addressState) => addressState.open && addressState.start.actor?.persist().machine.context);
    const next = deliver(runtime, address, { type: 'count', text: 'y' });
    expect(await seen).toMatchObject({ heard: ['x'] });
    await next;
    expect((await contextAt(store, address)).heard).toEqual(['x', 'y']);
  });

  it('G1: what comes in the very turn that closes the session opens the next one', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    const first = await deliver(runtime, address, { type: 'count', text: 'x' });
    const [closed, next, last] = await Promise.all([
      deliver(runtime, address, { type: 'close' }),
      deliver(runtime, address, { type: 'count', text: 'y' }),
      deliver(runtime, address, { type: 'count', text: 'z' }),
    ]);
    expect(closed.sessionId).toBe(first.sessionId);
    expect(next.ignored).toBeUndefined();
    expect(next.sessionId).not.toBe(first.sessionId);
    expect(last.sessionId).toBe(next.sessionId);
    expect((await store.load({ address }))?.previousId).toBe(first.sessionId);
    expect((await contextAt(store, address)).heard).toEqual(['y', 'z']);
  });

  it('G3: events of one address apply in the order in which they were handed over, on two runtimes over one store', async () => {
    const { store } = createMemoryStore();
    const [a, b] = [started(countingRuntime(store, sayEffect().effect)), started(countingRuntime(store, sayEffect().effect))];
    const address = freshAddress();
    const texts = Array.from({ length: 60 }, (_, n) => String(n));
    await Promise.all([
      ...texts.map((text) => deliver(a, address, { type: 'count', text: `a${text}` })),
      ...texts.map((text) => deliver(b, address, { type: 'count', text: `b${text}` })),
    ]);
    const { heard } = await contextAt(store, address);
    expect(heard.filter((text) => text.startsWith('a'))).toEqual(texts.map((text) => `a${text}`));
    expect(heard.filter((text) => text.startsWith('b'))).toEqual(texts.map((text) => `b${text}`));
    const row = await store.load({ address });
    const entries = await store.journal(row?.id ?? ('' as never), 0, 1_000);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  });

  it('G8: what throws is parked with its reason, changes nothing, and the next event works', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    const [before, boom, after] = await Promise.all([
      deliver(runtime, address, { type: 'count', text: 'before' }),
      deliver(runtime, address, { type: 'boom' }, 'poison'),
      deliver(runtime, address, { type: 'count', text: 'after' }),
    ]);
    expect(before.parked).toBeUndefined();
    expect(boom.parked).toContain('boom goes the assign');
    expect(after.parked).toBeUndefined();
    expect((await contextAt(store, address)).heard).toEqual(['before', 'after']);
    expect(await kinds(store, address)).toEqual(['opened', 'count', 'parked', 'count']);
    expect(await deliver(runtime, address, { type: 'boom' }, 'poison')).toMatchObject({ duplicate: true });
  });

  it('G8: an event that would leave something unstorable behind is parked, and the events beside it are not', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    const [, spoil] = await Promise.all([
      deliver(runtime, address, { type: 'count', text: 'one' }),
      deliver(runtime, address, { type: 'spoil' }),
      deliver(runtime, address, { type: 'count', text: 'two' }),
    ]);
    expect(spoil?.parked).toContain('Date');
    expect((await contextAt(store, address)).heard).toEqual(['one', 'two']);
  });

  it('G8: events that are no events, or come from the host only, are refused', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    for (const event of [{ type: '' }, { type: '*' }, { type: 'xstate.done.actor.work' }, { type: 'count', text: new Map() }]) {
      await expect(deliver(runtime, address, event)).rejects.toMatchObject({ retryable: false });
    }
    await expect(runtime.deliver({ address, assistant: 'nobody' }, { type: 'count' })).rejects.toThrow(
      /there is no assistant "nobody": choose one of counter/,
    );
    expect(await store.load({ address })).toBeUndefined();
  });

  it('an event without a use is journalled as ignored, with the reason that the machine gave or that none was enabled', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    expect(await deliver(runtime, address, { type: 'leave' })).toMatchObject({ ignored: 'nothing to leave' });
    expect(await deliver(runtime, address, { type: 'unknown' })).toMatchObject({
      ignored: 'no transition is enabled for it in this state',
    });
  });

  it('an event for a closed session is refused; one for its address opens the next', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    const { sessionId } = await deliver(runtime, address, { type: 'close' });
    expect(await runtime.deliver({ sessionId }, { type: 'count', text: 'x' })).toMatchObject({ refused: { code: 'closed' } });
    await expect(runtime.deliver({ sessionId: '01a1fb5c-3d61-7056-9b6e-000000000000' as never }, { type: 'count' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('the store away (G7)', () => {
  /** Fails calls as a database does that went away, before or after it stored. */
  function flaky(store: Store): { store: Store; fail: { commits: number; after: boolean; all: boolean } } {
    const fail = { commits: 0, after: false, all: false };
    const commit: Store['commit'] = async (...args) => {
      if (fail.all) throw new Unavailable('the store is away');
      if (fail.commits === 0) return store.commit(...args);
      fail.commits--;
      if (fail.after) await store.commit(...args);
      throw new Unavailable('the connection broke');
    };
    return { store: { ...store, commit }, fail };
  }

  it('a commit whose outcome is unknown is neither lost nor applied twice, nor called a duplicate', async () => {
    const memory = createMemoryStore().store;
    const { store, fail } = flaky(memory);
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    Object.assign(fail, { commits: 1, after: true });
    expect(await deliver(runtime, address, { type: 'count', text: 'x' }, 'id-1')).toMatchObject({ duplicate: false });
    Object.assign(fail, { commits: 2, after: false });
    expect(await deliver(runtime, address, { type: 'count', text: 'y' }, 'id-2')).toMatchObject({ duplicate: false });
    expect((await contextAt(memory, address)).heard).toEqual(['x', 'y']);
  });

  it('a repeated event whose own commit is unknown is still called a duplicate', async () => {
    const memory = createMemoryStore().store;
    const { store, fail } = flaky(memory);
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    expect(await deliver(runtime, address, { type: 'count', text: 'x' }, 'id-1')).toMatchObject({ duplicate: false });
    Object.assign(fail, { commits: 1, after: false });
    expect(await deliver(runtime, address, { type: 'count', text: 'x' }, 'id-1')).toMatchObject({ duplicate: true });
    expect((await contextAt(memory, address)).heard).toEqual(['x']);
  });

  it('a failure whose commit is unknown reaches the machine once, and blocks nothing', async () => {
    const memory = createMemoryStore().store;
    const { store, fail } = flaky(memory);
    const { InvalidInput } = await import('#machines/errors.ts');
    const { effect } = sayEffect(async () => {
      // The next commit is the one that sends the failure to the machine.
      Object.assign(fail, { commits: 1, after: true });
      throw new InvalidInput('never');
    });
    const runtime = started(countingRuntime(store, effect));
    const address = freshAddress();
    await deliver(runtime, address, { type: 'say', text: 'x' });
    await vi.waitFor(async () => expect((await contextAt(memory, address)).failed).toEqual(['never']));
    await deliver(runtime, address, { type: 'count', text: 'after' });
    expect(await contextAt(memory, address)).toMatchObject({ failed: ['never'], heard: ['after'] });
  });

  it('a sender is rejected when the store stays away, and the event is not applied later', async () => {
    const memory = createMemoryStore().store;
    const { store, fail } = flaky(memory);
    const runtime = started(countingRuntime(store, sayEffect().effect, { patienceMs: 60 }));
    const address = freshAddress();
    fail.all = true;
    await expect(deliver(runtime, address, { type: 'count', text: 'x' })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    fail.all = false;
    await deliver(runtime, address, { type: 'count', text: 'y' });
    expect((await contextAt(memory, address)).heard).toEqual(['y']);
  });

  it('the outcome of a run waits for the store, however long', async () => {
    const memory = createMemoryStore().store;
    const { store, fail } = flaky(memory);
    let finish: (text: string) => void = () => {};
    const machine = countingMachine.provide({
      actors: { work: fromPromise<string, { name: string }>(() => new Promise((resolve) => (finish = resolve))) },
    });
    const runtime = started(countingRuntime(store, sayEffect().effect, { patienceMs: 20 }, machine));
    const address = freshAddress();
    await deliver(runtime, address, { type: 'work', name: 'a' });
    await vi.waitFor(() => expect(runtime.running).toBe(1));
    fail.all = true;
    finish('late');
    await expect(deliver(runtime, address, { type: 'count', text: 'x' })).rejects.toThrow(Unavailable);
    fail.all = false;
    await vi.waitFor(async () => expect((await contextAt(memory, address)).results).toEqual(['late']));
  });
});
