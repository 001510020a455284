/** What another instance committed may have work in the lane that ours must not overtake. */
import { afterEach, expect, test, vi } from 'vitest';
import { Outbox } from '#actors/outbox/outbox.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { countingRuntime, freshAddress, sayEffect } from '../counting-machine.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('a lane is contended once its session was read, and not before: another commit may come between the two', async () => {
  const { store } = createMemoryStore();
  const order: string[] = [];
  const markContended = Outbox.prototype.markContended;
  vi.spyOn(Outbox.prototype, 'markContended').mockImplementation(function (this: Outbox, lane) {
    order.push('contended');
    return markContended.call(this, lane);
  });
  const runtime = countingRuntime(
    {
      ...store,
      load: async (...asked) => {
        const row = await store.load(...asked);
        order.push('read');
        return row;
      },
    },
    sayEffect().effect,
  );
  await runtime.deliver({ address: freshAddress(), assistant: 'counter' }, { type: 'count', text: 'one' } as { type: string });
  expect(order).toEqual(['read', 'contended']);
  await runtime.drain(2_000);
});
