/** What is written is sent once and in order, whatever the network does. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { backoffMs, type PostResult, SendQueue, type Waiting } from '../../console/chat/outbox.ts';

class FakeStorage {
  readonly map = new Map<string, string>();
  full = false;
  get length(): number {
    return this.map.size;
  }
  key(index: number): string | null {
    return [...this.map.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.map.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (this.full) throw new Error('QuotaExceededError');
    this.map.set(key, value);
  }
  removeItem(key: string): void {
    this.map.delete(key);
  }
}

function setup(storage = new FakeStorage()) {
  const posted: string[] = [];
  const timers: { run: () => void; ms: number }[] = [];
  const server = { answer: (_message: Waiting): PostResult | Promise<PostResult> => ({ outcome: 'taken' }) };
  const expired = vi.fn();
  const outbox = new SendQueue({
    storage,
    prefix: 'outbox.',
    post: async (message) => {
      posted.push(message.text);
      return server.answer(message);
    },
    onChange: () => undefined,
    onTaken: () => undefined,
    onExpired: expired,
    setTimer: (run, ms) => {
      const timer = { run, ms };
      timers.push(timer);
      return () => timers.splice(timers.indexOf(timer), 1);
    },
    random: () => 0,
  });
  opened.push(outbox);
  return { outbox, posted, timers, server, storage, expired };
}
const opened: SendQueue[] = [];
afterEach(() => {
  for (const outbox of opened.splice(0)) outbox.close();
});
const message = (text: string, at = 1): Waiting => ({ id: `id-${text}`, text, at });

describe('outbox', () => {
  it('keeps where the visitor is over a reload', () => {
    const { outbox, storage, server } = setup();
    server.answer = () => ({ outcome: 'later' });
    const here = { ...message(''), location: { latitude: 30.0444, longitude: 31.2357 } };
    outbox.add(here);
    expect(setup(storage).outbox.items).toEqual([here]);
  });

  it('sends one at a time, in order, and forgets what was taken', async () => {
    const { outbox, posted, storage, server } = setup();
    const gate = Promise.withResolvers<PostResult>();
    server.answer = () => gate.promise;
    outbox.add(message('a'));
    outbox.add(message('b'));
    await vi.waitFor(() => expect(posted).toEqual(['a']));
    expect(storage.map.size).toBe(2);
    gate.resolve({ outcome: 'taken' });
    await vi.waitFor(() => expect(outbox.items).toEqual([]));
    expect(posted).toEqual(['a', 'b']);
    expect(storage.map.size).toBe(0);
  });

  it('waits longer each time, lets nothing overtake, and goes on when woken', async () => {
    const { outbox, posted, timers, server } = setup();
    server.answer = () => ({ outcome: 'later' });
    outbox.add(message('a'));
    await vi.waitFor(() => expect(timers).toHaveLength(1));
    expect(timers[0]?.ms).toBe(1_000);
    timers[0]?.run();
    await vi.waitFor(() => expect(timers[0]?.ms).toBe(2_000));
    outbox.add(message('b', 2));
    await vi.waitFor(() => expect(timers[0]?.ms).toBe(4_000));
    expect(posted).toEqual(['a', 'a', 'a']);
    server.answer = () => ({ outcome: 'taken' });
    outbox.flush();
    await vi.waitFor(() => expect(outbox.items).toEqual([]));
    expect(posted.slice(3)).toEqual(['a', 'b']);
    expect(timers).toEqual([]);
  });

  it('comes back when the server says when', async () => {
    const { outbox, timers, server } = setup();
    server.answer = () => ({ outcome: 'later', afterMs: 7_000 });
    outbox.add(message('a'));
    await vi.waitFor(() => expect(timers.map(({ ms }) => ms)).toEqual([7_000]));
  });

  it('survives a reload', async () => {
    const before = setup();
    before.server.answer = () => ({ outcome: 'later' });
    before.outbox.add(message('a', 1));
    before.outbox.add(message('b', 2));
    before.outbox.close();
    before.storage.map.set('outbox.broken', '{"id":');
    const after = setup(before.storage);
    expect(after.outbox.items.map(({ text }) => text)).toEqual(['a', 'b']);
    after.outbox.flush();
    await vi.waitFor(() => expect(after.posted).toEqual(['a', 'b']));
  });

  it('puts a refused one aside with its reason until it is retried or taken back', async () => {
    const { outbox, posted, server } = setup();
    server.answer = ({ text }) => (text === 'bad' ? { outcome: 'refused', reason: 'too long' } : { outcome: 'taken' });
    outbox.add(message('bad'));
    outbox.add(message('good', 2));
    await vi.waitFor(() => expect(posted).toEqual(['bad', 'good']));
    expect(outbox.items).toEqual([{ ...message('bad'), refused: 'too long' }]);
    server.answer = () => ({ outcome: 'taken' });
    outbox.retry('id-bad');
    await vi.waitFor(() => expect(outbox.items).toEqual([]));
  });

  it('keeps everything and says so when the visitor is no longer accepted', async () => {
    const { outbox, posted, expired, server } = setup();
    server.answer = () => ({ outcome: 'expired' });
    outbox.add(message('a'));
    await vi.waitFor(() => expect(expired).toHaveBeenCalledTimes(1));
    expect([outbox.items.length, posted]).toEqual([1, ['a']]);
  });

  it('sends even where nothing can be stored', async () => {
    const { outbox, posted, storage } = setup();
    storage.full = true;
    outbox.add(message('a'));
    await vi.waitFor(() => expect(posted).toEqual(['a']));
  });

  it('does not send what the stream has shown to be taken', () => {
    const { outbox, storage, server } = setup();
    server.answer = () => new Promise(() => undefined);
    outbox.add(message('a'));
    outbox.settled('id-a');
    expect([outbox.items, storage.map.size]).toEqual([[], 0]);
  });

  it('backs off to half a minute at most, with jitter', () => {
    expect([0, 1, 4, 5, 50].map((attempt) => backoffMs(attempt, 0))).toEqual([1_000, 2_000, 16_000, 30_000, 30_000]);
    expect(backoffMs(50, 1)).toBe(15_000);
  });
});
