/**
 * What a turn requested, which is invocations, timers and effects, and what a drain does with them
 * (G4–G6).
 */
import { describe, expect, it, vi } from 'vitest';
import { fromPromise } from 'xstate';
import { systemClock } from '#actors/contract/system-clock.ts';
import { Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { countingMachine, countingRuntime, freshAddress, sayEffect } from './counting-machine.ts';
import { contextAt, deliver, drainedAfterEach, kinds } from './counting-sessions.ts';

const started = drainedAfterEach();

describe('invocations (G6)', () => {
  it('a superseded run is aborted, and its late outcome does not count', async () => {
    const { store } = createMemoryStore();
    const runs: { name: string; signal: AbortSignal; finish: (text: string) => void }[] = [];
    const machine = countingMachine.provide({
      actors: {
        work: fromPromise<string, { name: string }>(
          ({ input, signal }) => new Promise((finish) => runs.push({ name: input.name, signal, finish })),
        ),
      },
    });
    const runtime = started(countingRuntime(store, sayEffect().effect, {}, machine));
    const address = freshAddress();
    await deliver(runtime, address, { type: 'work', name: 'old' });
    await vi.waitFor(() => expect(runs).toHaveLength(1));
    await deliver(runtime, address, { type: 'work', name: 'new' });
    await vi.waitFor(() => expect(runs).toHaveLength(2));
    expect(runs[0]?.signal.aborted).toBe(true);
    runs[0]?.finish('late');
    runs[1]?.finish('timely');
    await vi.waitFor(async () => expect((await contextAt(store, address)).results).toEqual(['timely']));
    expect(await store.pendingWork(address)).toEqual([]);
  });

  it('an invocation whose process died is started again by another, as a later attempt', async () => {
    const { store } = createMemoryStore();
    const attempts: number[] = [];
    const { invocationContext } = await import('#actors/contract/api.ts');
    const machine = countingMachine.provide({
      actors: {
        work: fromPromise<string, { name: string }>(async (args) => {
          attempts.push(invocationContext(args).attempt);
          if (attempts.length === 1) await new Promise(() => {});
          return 'second time';
        }),
      },
    });
    // Longer than a busy machine takes to start the code.
    const dead = countingRuntime(store, sayEffect().effect, { leaseMs: 400 }, machine);
    const address = freshAddress();
    await deliver(dead, address, { type: 'work', name: 'a' });
    await vi.waitFor(() => expect(attempts).toEqual([1]), 10_000);
    dead.abandon();
    started(countingRuntime(store, sayEffect().effect, { sweepMs: 20 }, machine));
    await vi.waitFor(async () => expect((await contextAt(store, address)).results).toEqual(['second time']), 10_000);
    expect(attempts[1]).toBeGreaterThan(1);
  });
});

describe('timers (G5)', () => {
  it('fires once, not early, and a session that no instance has in memory is woken from the store', async () => {
    const { store } = createMemoryStore();
    const first = countingRuntime(store, sayEffect().effect);
    const address = freshAddress();
    const asked = Date.now();
    await deliver(first, address, { type: 'wait', ms: 1000 });
    first.abandon();
    started(countingRuntime(store, sayEffect().effect, { pollMs: 20, graceMs: 0 }));
    await vi.waitFor(async () => expect((await contextAt(store, address)).heard).toEqual(['rung']));
    expect(Date.now() - asked).toBeGreaterThanOrEqual(990);
    expect((await kinds(store, address)).filter((kind) => kind === 'timer')).toHaveLength(1);
    expect((await store.load({ address }))?.wakeAt).toBeNull();
  });
});

describe('effects (G4)', () => {
  it('are done after the commit, in order, with a stable key, and mark their entry', async () => {
    const { store } = createMemoryStore();
    const { effect, said } = sayEffect();
    const runtime = started(countingRuntime(store, effect));
    const address = freshAddress();
    for (const text of ['a', 'b', 'c']) await deliver(runtime, address, { type: 'say', text });
    await vi.waitFor(() => expect(said.map(({ text }) => text)).toEqual(['a', 'b', 'c']));
    expect(new Set(said.map(({ context }) => context.key)).size).toBe(3);
    const row = await store.load({ address });
    await vi.waitFor(async () => {
      const entries = await store.journal(row?.id ?? ('' as never), 0, 100);
      expect(entries.filter(({ kind }) => kind === 'assistant.message').map(({ delivery }) => delivery)).toMatchObject([
        { status: 'sent', ref: 'ref-a' },
        { status: 'sent', ref: 'ref-b' },
        { status: 'sent', ref: 'ref-c' },
      ]);
    });
    expect(await store.pendingWork(address)).toEqual([]);
  });

  it('are not overtaken while one waits for another attempt', async () => {
    const { store } = createMemoryStore();
    const { effect, said } = sayEffect(async (text, attempt) => {
      if (text === 'a' && attempt === 1) throw new Unavailable('not now');
    });
    const runtime = started(countingRuntime(store, effect));
    const address = freshAddress();
    for (const text of ['a', 'b']) await deliver(runtime, address, { type: 'say', text });
    await vi.waitFor(() => expect(said.map(({ text }) => text)).toEqual(['a', 'b']));
  });

  it('a provider that says when to come back uses up no attempt', async () => {
    const { store } = createMemoryStore();
    const { RateLimited } = await import('#channels/port.ts');
    let refusals = 0;
    const { effect, said } = sayEffect(async () => {
      if (refusals++ < 5) throw new RateLimited('slow down', 1);
    });
    const runtime = started(countingRuntime(store, effect));
    await deliver(runtime, freshAddress(), { type: 'say', text: 'patience' });
    await vi.waitFor(() => expect(said.map(({ text }) => text)).toEqual(['patience']));
  });

  it('that fail for good reach the machine as an event, mark their entry, and do not block the next', async () => {
    const { store } = createMemoryStore();
    const { InvalidInput } = await import('#machines/errors.ts');
    const { effect, said } = sayEffect(async (text) => {
      if (text === 'bad') throw new InvalidInput('the provider does not take this');
    });
    const runtime = started(countingRuntime(store, effect));
    const address = freshAddress();
    for (const text of ['bad', 'good']) await deliver(runtime, address, { type: 'say', text });
    await vi.waitFor(async () => expect((await contextAt(store, address)).failed).toEqual(['the provider does not take this']));
    await vi.waitFor(() => expect(said.map(({ text }) => text)).toEqual(['good']));
    const row = await store.load({ address });
    const entries = await store.journal(row?.id ?? ('' as never), 0, 100);
    expect(entries.find(({ text }) => text === 'bad')?.delivery).toMatchObject({
      status: 'failed',
      reason: 'the provider does not take this',
    });
    expect(entries.filter(({ kind }) => kind === 'effect')).toHaveLength(1);
  });

  it('G4: are not overtaken by another instance that took another event at the address first', async () => {
    const { store } = createMemoryStore();
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    const slow = sayEffect(async (text) => {
      await gate.promise;
      order.push(text);
    });
    const quick = sayEffect(async (text) => void order.push(text));
    const [a, b] = [started(countingRuntime(store, slow.effect)), started(countingRuntime(store, quick.effect, { sweepMs: 40 }))];
    const address = freshAddress();
    await deliver(a, address, { type: 'say', text: 'first' });
    // A turn without work, and a request between two turns. Neither shows whose work is waiting
    // there.
    await deliver(b, address, { type: 'count', text: 'x' });
    await b.addressState(address);
    await deliver(b, address, { type: 'say', text: 'second' });
    await vi.waitFor(async () => expect(await store.pendingWork(address)).toHaveLength(2));
    for (let rounds = 0; rounds < 50; rounds++) await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    gate.resolve();
    await vi.waitFor(() => expect(order).toEqual(['first', 'second']));
  });

  it('of a dead process are done by another, in order', async () => {
    const { store } = createMemoryStore();
    const hanging = sayEffect(() => new Promise(() => {}));
    const dead = countingRuntime(store, hanging.effect, { leaseMs: 50 });
    const address = freshAddress();
    for (const text of ['a', 'b', 'c']) await deliver(dead, address, { type: 'say', text });
    dead.abandon();
    const { effect, said } = sayEffect();
    started(countingRuntime(store, effect, { sweepMs: 20 }));
    await vi.waitFor(() => expect(said.map(({ text }) => text)).toEqual(['a', 'b', 'c']));
  });

  it('G4: a new holder of the session waits until what another process still delivers is through', async () => {
    const { store } = createMemoryStore();
    let release: () => void = () => {};
    const order: string[] = [];
    const slow = sayEffect(async (text) => {
      await new Promise<void>((resolve) => (release = resolve));
      order.push(text);
    });
    const quick = sayEffect(async (text) => void order.push(text));
    const a = started(countingRuntime(store, slow.effect));
    const address = freshAddress();
    await deliver(a, address, { type: 'say', text: 'first' });
    const b = started(countingRuntime(store, quick.effect, { sweepMs: 40 }));
    await deliver(b, address, { type: 'say', text: 'second' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    release();
    await vi.waitFor(() => expect(order).toEqual(['first', 'second']));
  });

  it('that a suspended process could not renew in time are left to the instance that took them over, in order', async () => {
    const { store } = createMemoryStore();
    let slept = 0;
    const now = (): number => Date.now() + slept;
    const taken: string[] = [];
    const { effect, said } = sayEffect(async (text) => {
      if (text !== 'a') return;
      slept = 60_000;
      const others = await store.claimWork('another', now(), now() + 60_000, 10);
      taken.push(...others.map(({ payload }) => String(Reflect.get(Object(Reflect.get(Object(payload), 'params')), 'text'))));
    });
    const runtime = started(countingRuntime(store, effect, { clock: { ...systemClock, now }, leaseMs: 30_000 }));
    const address = freshAddress();
    await Promise.all(['a', 'b', 'c'].map((text) => deliver(runtime, address, { type: 'say', text })));
    await vi.waitFor(() => expect([taken, runtime.busy]).toEqual([['a', 'b', 'c'], false]));
    expect(said.map(({ text }) => text)).toEqual(['a']);
  });
});

describe('draining', () => {
  it('finishes what is under way, frees what is not, and takes nothing more', async () => {
    const { store } = createMemoryStore();
    const { effect, said } = sayEffect();
    const runtime = started(countingRuntime(store, effect));
    const address = freshAddress();
    const receipts = Promise.all(['a', 'b'].map((text) => deliver(runtime, address, { type: 'say', text })));
    const drained = runtime.drain(2_000);
    await expect(deliver(runtime, address, { type: 'count', text: 'late' })).rejects.toMatchObject({ code: 'draining', retryable: true });
    expect(await receipts).toHaveLength(2);
    await drained;
    expect(said.map(({ text }) => text)).toEqual(['a', 'b']);
    expect(await store.pendingWork(address)).toEqual([]);
  });
});
