import { expect, test } from 'vitest';
import { inOrder } from '#console/team/in-order.ts';

interface Thing {
  readonly id: string;
  readonly version: number;
  readonly text: string;
}

/** A server with one thing of version 1, which refuses a change of any other version. */
function server() {
  const state = { thing: { id: 'a', version: 1, text: '' } };
  const seen: number[] = [];
  const change = inOrder(async ({ version }: Thing, text: string): Promise<Thing> => {
    await Promise.resolve();
    seen.push(version);
    if (version !== state.thing.version) throw new Error('changed');
    state.thing = { id: 'a', version: version + 1, text: state.thing.text + text };
    return state.thing;
  });
  return { state, seen, change };
}

test('a change before the page knows of the last one comes on top of it', async () => {
  const { state, seen, change } = server();
  const known = state.thing;
  await Promise.all([change(known, 'one '), change(known, 'two '), change(known, 'three')]);
  expect(state.thing.text).toBe('one two three');
  expect(seen).toEqual([1, 2, 3]);
});

test("a colleague's change in between is refused, and the next is made on what the page knows", async () => {
  const { state, change } = server();
  const known = state.thing;
  await change(known, 'mine ');
  state.thing = { id: 'a', version: 3, text: 'theirs ' };
  await expect(change(known, 'over it')).rejects.toThrow('changed');
  await change(state.thing, 'after it');
  expect(state.thing.text).toBe('theirs after it');
});

test('other things do not wait', async () => {
  const ends: string[] = [];
  const change = inOrder(async (thing: Thing): Promise<Thing> => {
    if (thing.id === 'slow') await new Promise((resolve) => setImmediate(resolve));
    ends.push(thing.id);
    return thing;
  });
  await Promise.all([change({ id: 'slow', version: 1, text: '' }, ''), change({ id: 'quick', version: 1, text: '' }, '')]);
  expect(ends).toEqual(['quick', 'slow']);
});
