import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromPromise } from 'xstate';
import type { Receipt } from '#actors/api.ts';
import { systemClock } from '#actors/clock.ts';
import { decodeEnvelope } from '#actors/envelope.ts';
import type { Runtime } from '#actors/runtime.ts';
import type { MachineEvent } from '#machines/definition.ts';
import { Unavailable } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store } from '#storage/port.ts';
import { countingMachine, countingRuntime, freshAddress, sayEffect } from './counting-machine.ts';

const runtimes: Runtime[] = [];
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.drain(2_000);
});

function started(runtime: Runtime): Runtime {
  runtimes.push(runtime);
  runtime.start();
  return runtime;
}

const deliver = (runtime: Runtime, address: Address, event: MachineEvent, eventId?: string): Promise<Receipt> =>
  runtime.deliver({ address, assistant: 'counter' }, event, eventId === undefined ? {} : { eventId });

async function contextAt(store: Store, address: Address): Promise<{ heard: string[]; failed: string[]; results: string[] }> {
  const row = await store.load({ address });
  return decodeEnvelope(row?.snapshot ?? null).snapshot.context as { heard: string[]; failed: string[]; results: string[] };
}

async function kinds(store: Store, address: Address): Promise<string[]> {
  const row = await store.load({ address });
  return row ? (await store.journal(row.id, 0, 1_000)).map(({ kind }) => kind) : [];
}

describe('delivering events (G1–G3, G8)', () => {
  it('G2: the same event id ten times at once changes state once, and all but one hear that it was a duplicate', async () => {
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

  it('who looks at what stands at an address sees what is stored, not the turn that is about to be', async () => {
    const { store } = createMemoryStore();
    const runtime = started(countingRuntime(store, sayEffect().effect));
    const address = freshAddress();
    await deliver(runtime, address, { type: 'count', text: 'x' });
    const seen = runtime.standing(address).then((standing) => standing.open && standing.start.actor?.persist().snapshot.context);
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
  /** Fails calls as a database does that went away: before or after it stored. */
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

  it('a failure whose commit is unknown is told to the machine once, and holds nobody up', async () => {
    const memory = createMemoryStore().store;
    const { store, fail } = flaky(memory);
    const { InvalidInput } = await import('#machines/errors.ts');
    const { effect } = sayEffect(async () => {
      // The next commit is the one that tells the machine.
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

  it('a sender is told to come back when the store stays away, and the event is not applied later', async () => {
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

  it('a run whose process died is started again by another, which is told that it is not the first', async () => {
    const { store } = createMemoryStore();
    const attempts: number[] = [];
    const { invocationContext } = await import('#actors/invocation-context.ts');
    const machine = countingMachine.provide({
      actors: {
        work: fromPromise<string, { name: string }>(async (args) => {
          attempts.push(invocationContext(args).attempt);
          if (attempts.length === 1) await new Promise(() => {});
          return 'second time';
        }),
      },
    });
    const dead = countingRuntime(store, sayEffect().effect, { leaseMs: 50 }, machine);
    const address = freshAddress();
    await deliver(dead, address, { type: 'work', name: 'a' });
    await vi.waitFor(() => expect(attempts).toEqual([1]));
    dead.abandon();
    started(countingRuntime(store, sayEffect().effect, { sweepMs: 20 }, machine));
    await vi.waitFor(async () => expect((await contextAt(store, address)).results).toEqual(['second time']));
    expect(attempts[1]).toBeGreaterThan(1);
  });
});

describe('timers (G5)', () => {
  it('fires once, not early, and a machine that nobody has at hand is woken from the store', async () => {
    const { store } = createMemoryStore();
    const first = countingRuntime(store, sayEffect().effect);
    const address = freshAddress();
    await deliver(first, address, { type: 'wait', ms: 1000 });
    const armed = Date.now();
    first.abandon();
    started(countingRuntime(store, sayEffect().effect, { pollMs: 20, graceMs: 0 }));
    await vi.waitFor(async () => expect((await contextAt(store, address)).heard).toEqual(['rung']), { timeout: 5_000 });
    expect(Date.now() - armed).toBeGreaterThanOrEqual(990);
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
    await vi.waitFor(() => expect(said.map(({ text }) => text)).toEqual(['a', 'b']), { timeout: 5_000 });
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

  it('that fail for good are told to the machine, mark their entry, and do not block the next', async () => {
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

  it('G4: are not overtaken by another instance that heard something else at the address first', async () => {
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
    // A turn without work, and a look between two turns: neither says whose work is still waiting there.
    await deliver(b, address, { type: 'count', text: 'x' });
    await b.standing(address);
    await deliver(b, address, { type: 'say', text: 'second' });
    await vi.waitFor(async () => expect(await store.pendingWork(address)).toHaveLength(2));
    for (let rounds = 0; rounds < 50; rounds++) await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    gate.resolve();
    await vi.waitFor(() => expect(order).toEqual(['first', 'second']), { timeout: 5_000 });
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
    await vi.waitFor(() => expect(said.map(({ text }) => text)).toEqual(['a', 'b', 'c']), { timeout: 5_000 });
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
    await vi.waitFor(() => expect(order).toEqual(['first', 'second']), { timeout: 5_000 });
  });

  it('what its process could not renew in time, being suspended, is left to whoever took it over: no effect comes after later ones', async () => {
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
