/** An instance goes by the store's clock, whatever its own clock shows (G5 under skew). */
import { afterEach, describe, expect, test } from 'vitest';
import { type StoreClock, startStoreClock } from '#actors/timers/store-clock.ts';
import { Unavailable } from '#machines/errors.ts';

describe('the clock of the store', () => {
  let clock: StoreClock | undefined;
  /** This process's steady clock, and how far the store's is from it. */
  let steady = 0;
  let offset = 1_000_000;
  /** How long a question takes there and back. */
  let there = 0;
  let back = 0;
  let away = false;
  let question: (() => void) | undefined;
  let errors = 0;

  async function start(): Promise<StoreClock> {
    clock = await startStoreClock({
      ask: async () => {
        steady += there;
        if (away) throw new Unavailable('away');
        const time = steady + offset;
        steady += back;
        return time;
      },
      steady: () => steady,
      after: (_ms, callback) => {
        question = callback;
        return () => (question = undefined);
      },
      onError: () => errors++,
    });
    return clock;
  }

  async function asksAgain(): Promise<void> {
    const asks = question;
    question = undefined;
    asks?.();
    await expect.poll(() => question).toBeDefined();
  }

  afterEach(() => {
    clock?.stop();
    [steady, offset, there, back, away, errors] = [0, 1_000_000, 0, 0, false, 0];
  });

  test('is in step at once, and goes on by itself', async () => {
    const { now } = await start();
    expect(now()).toBe(1_000_000);
    steady += 250.7;
    expect(now()).toBe(1_000_250);
  });

  test('half of the round trip counts as the way', async () => {
    [there, back] = [40, 40];
    const { now } = await start();
    expect(now()).toBe(steady + offset);
  });

  test('an answer that took long does not spoil one that did not, and is uncertain by half of what it took', async () => {
    const shared = await start();
    [there, back] = [0, 400];
    await asksAgain();
    expect(shared.now()).toBe(steady + offset);
    expect(shared.uncertainty).toBeLessThan(1);
  });

  test('a better answer takes the place of a worse one', async () => {
    [there, back] = [0, 400];
    const shared = await start();
    expect(shared.now()).toBe(steady + offset - 200);
    expect(shared.uncertainty).toBe(200);
    [there, back] = [0, 0];
    await asksAgain();
    expect(shared.now()).toBe(steady + offset);
  });

  test('a clock that was set, or a process that was suspended, is found out at the next question', async () => {
    const shared = await start();
    offset += 30_000;
    [there, back] = [3, 3];
    await asksAgain();
    expect(shared.now()).toBe(steady + offset);
  });

  test('while the store is away the last answer holds, and it is asked again', async () => {
    const shared = await start();
    away = true;
    await asksAgain();
    expect(errors).toBe(1);
    steady += 1_000;
    expect(shared.now()).toBe(steady + offset);
    away = false;
    offset += 5_000;
    await asksAgain();
    expect(shared.now()).toBe(steady + offset);
  });

  test('stopped, it asks no more', async () => {
    const shared = await start();
    shared.stop();
    expect(question).toBeUndefined();
  });
});
