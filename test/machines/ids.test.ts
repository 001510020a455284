import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { parseSessionId, sessionIdAfter } from '#machines/ids.ts';

const id = (at: number) => parseSessionId(uuidv7({ msecs: at }));

test('an id that sorts after the one before is taken as it is', () => {
  const [first, second] = [id(1_000), id(2_000)];
  expect(sessionIdAfter(first, second)).toBe(second);
});

test('where the clock before was ahead, the ids of an address still sort in the order of its sessions, and none comes twice', () => {
  const time = fc.integer({ min: 0, max: 2 ** 45 });
  fc.assert(
    fc.property(fc.array(time, { minLength: 2, maxLength: 30 }), (times) => {
      const chain: ReturnType<typeof id>[] = [];
      for (const at of times) {
        const previous = chain.at(-1);
        chain.push(previous === undefined ? id(at) : sessionIdAfter(previous, id(at)));
      }
      expect(chain.toSorted()).toEqual(chain);
      expect(new Set(chain).size).toBe(chain.length);
      for (const one of chain) expect(parseSessionId(one)).toBe(one);
    }),
  );
});

test('two instances that open after the same session give it different followers', () => {
  const previous = id(5_000);
  expect(sessionIdAfter(previous, id(1_000))).not.toBe(sessionIdAfter(previous, id(1_000)));
});
