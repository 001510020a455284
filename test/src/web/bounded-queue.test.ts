import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { BoundedQueue } from '#src/web/bounded-queue.ts';

describe('the queue of a live reader', () => {
  it('gives everything that waits at once, in order', async () => {
    const queue = new BoundedQueue<number>(10);
    for (const item of [1, 2, 3]) queue.push(item);
    expect(await queue.take(1_000, new AbortController().signal)).toEqual([1, 2, 3]);
  });

  it('wakes its reader when something comes, and gives nothing when the time is over or the reader leaves', async () => {
    const queue = new BoundedQueue<number>(10);
    const leaving = new AbortController();
    const waiting = queue.take(60_000, leaving.signal);
    queue.push(1);
    expect(await waiting).toEqual([1]);
    expect(await queue.take(1, leaving.signal)).toEqual([]);
    const left = queue.take(60_000, leaving.signal);
    leaving.abort();
    expect(await left).toEqual([]);
  });

  it('keeps nothing on a long-lived signal', async () => {
    const queue = new BoundedQueue<number>(10);
    const { signal } = new AbortController();
    for (let times = 0; times < 5; times++) await queue.take(0, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('tells a reader that fell too far behind, and holds no more than its limit (G10)', async () => {
    const queue = new BoundedQueue<number>(2);
    for (const item of [1, 2, 3, 4]) queue.push(item);
    expect(queue.overflowed).toBe(true);
    expect(await queue.take(60_000, new AbortController().signal)).toEqual([]);
  });
});
