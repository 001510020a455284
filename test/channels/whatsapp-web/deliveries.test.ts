import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Deliveries } from '#channels/whatsapp-web/deliveries.ts';
import type { Outcome } from '#channels/whatsapp-web/protocol.ts';

function deliveries(outcomeOf: (event: unknown, times: number) => Outcome = () => 'taken', mostWaiting?: number) {
  const offered: unknown[] = [];
  const pauses: number[] = [];
  const errors: unknown[] = [];
  let dropped = 0;
  /** Outcomes that the test gives by itself. */
  const open: (() => void)[] = [];
  let byHand = false;
  const one = new Deliveries({
    offer: (seq, event) => {
      offered.push(event);
      const settle = (): void => one.settle(seq, outcomeOf(event, offered.filter((other) => other === event).length));
      if (byHand) open.push(settle);
      else queueMicrotask(settle);
    },
    pause: async (ms) => void pauses.push(ms),
    onDropped: () => dropped++,
    onError: (error) => errors.push(error),
    ...(mostWaiting === undefined ? {} : { mostWaiting }),
  });
  return {
    one,
    offered,
    pauses,
    errors,
    open,
    get dropped() {
      return dropped;
    },
    byHand: () => {
      byHand = true;
    },
  };
}

const message = (chat: string, name: string) => ({ chat, message: name, event: async () => name });
const settled = async () => {
  for (let i = 0; i < 5; i++) await setImmediate();
};

describe('order', () => {
  test('what was missed comes before what is new, and a message that is both comes once', async () => {
    const { one, offered } = deliveries();
    one.live(message('mona', 'new'));
    one.live(message('mona', 'both'));
    await settled();
    expect(offered).toEqual([]);
    expect(await Promise.all(['old', 'both'].map((name) => one.missed(message('mona', name))))).toEqual([true, true]);
    expect(await one.missed(message('mona', 'old'))).toBe(false);
    one.open();
    one.live(message('mona', 'newer'));
    await settled();
    expect(offered).toEqual(['old', 'both', 'new', 'newer']);
  });

  test('in one chat the next event waits for the outcome, in others it does not', async () => {
    const { one, offered, open, byHand } = deliveries();
    byHand();
    one.open();
    for (const name of ['a1', 'a2']) one.live(message('a', name));
    one.live(message('b', 'b1'));
    await settled();
    expect(offered).toEqual(['a1', 'b1']);
    open.shift()?.();
    await settled();
    expect(offered).toEqual(['a1', 'b1', 'a2']);
  });

  test('an event that is slow to be made does not let the next one pass', async () => {
    const { one, offered } = deliveries();
    one.open();
    const made = Promise.withResolvers<string>();
    one.live({ chat: 'a', event: () => made.promise });
    one.live(message('a', 'second'));
    await settled();
    expect(offered).toEqual([]);
    made.resolve('first');
    await settled();
    expect(offered).toEqual(['first', 'second']);
  });
});

describe('what cannot be taken', () => {
  test('is offered again after pauses that double, and holds up its chat alone', async () => {
    const { one, offered, pauses } = deliveries((event, times) => (event === 'a1' && times < 9 ? 'again' : 'taken'));
    one.open();
    for (const name of ['a1', 'a2']) one.live(message('a', name));
    one.live(message('b', 'b1'));
    await settled();
    expect(offered.filter((event) => event === 'a1')).toHaveLength(9);
    expect(offered.indexOf('a2')).toBe(offered.length - 1);
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  test('an event that cannot be made is reported, is no longer known, and holds up nothing', async () => {
    const { one, offered, errors } = deliveries();
    one.open();
    one.live({ ...message('a', 'a1'), event: async () => Promise.reject(new Error('gone')) });
    one.live(message('a', 'a2'));
    await settled();
    expect(offered).toEqual(['a2']);
    expect(errors).toHaveLength(1);
    expect(await one.missed(message('a', 'a1'))).toBe(true);
    expect(offered).toEqual(['a2', 'a1']);
  });

  test('beyond a limit messages are left for later, and what became of messages is not', async () => {
    const all = deliveries(() => 'taken', 2);
    all.byHand();
    all.one.open();
    for (let i = 0; i < 4; i++) all.one.live(message('a', `a${i}`));
    all.one.live({ chat: 'a', event: async () => 'report' });
    await settled();
    expect(all.dropped).toBe(0);
    for (let i = 0; i < 3; i++) {
      all.open.shift()?.();
      await settled();
    }
    expect(all.offered).toEqual(['a0', 'a1', 'report']);
    expect(all.dropped).toBe(1);
    // They are not taken to be known.
    const again = all.one.missed(message('a', 'a2'));
    await settled();
    all.open.shift()?.();
    expect(await again).toBe(true);
  });
});
