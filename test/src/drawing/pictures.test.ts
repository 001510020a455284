/** Pictures are laid out once, one at a time, and in a thread that ends with each. */
import elk from 'elkjs/lib/elk.bundled.js';
import { expect, test } from 'vitest';
import type { LayoutEngine } from '#machines/drawing/layout.ts';
import { graphOf } from '#machines/graph.ts';
import { layoutInThread } from '#src/drawing/layout-thread.ts';
import { keptPictures } from '#src/drawing/pictures.ts';
import { TWENTY } from '../../machines/drawing/twenty.ts';

const machine = TWENTY['five states'] ?? expect.unreachable();
const graphs = Array.from({ length: 40 }, (_, index) => graphOf({ id: 'five', version: index + 1, machine }));
const [first = expect.unreachable(), second = expect.unreachable()] = graphs;
const layout: LayoutEngine = (input) => new elk.default().layout(input);

test('a picture is laid out once, and one at a time', async () => {
  let [calls, running, most] = [0, 0, 0];
  const pictures = keptPictures(async (input) => {
    calls += 1;
    most = Math.max(most, ++running);
    const placed = await layout(input);
    running -= 1;
    return placed;
  });
  const drawn = await Promise.all([
    pictures(first, 'normal'),
    pictures(first, 'normal'),
    pictures(first, 'full'),
    pictures(second, 'normal'),
  ]);
  expect(drawn[0]).toBe(drawn[1]);
  expect([calls, most]).toEqual([3, 1]);
});

test('at most 32 are kept, the ones that were seen last', async () => {
  let calls = 0;
  const pictures = keptPictures((input) => {
    calls += 1;
    return layout(input);
  });
  for (const graph of graphs) await pictures(graph, 'overview');
  await pictures(graphs.at(-1) ?? first, 'overview');
  expect(calls).toBe(40);
  await pictures(first, 'overview');
  expect(calls).toBe(41);
});

test('a failure is not kept, and holds up no other picture', async () => {
  let calls = 0;
  const pictures = keptPictures((input) => (++calls === 1 ? Promise.reject(new Error('no memory')) : layout(input)));
  const [failed, other] = await Promise.allSettled([pictures(first, 'normal'), pictures(second, 'normal')]);
  expect([failed.status, other.status]).toEqual(['rejected', 'fulfilled']);
  expect((await pictures(first, 'normal')).boxes).toHaveLength(6);
});

test('the thread gives the places that the engine gives here', async () => {
  const picture = await keptPictures(layoutInThread)(first, 'normal');
  expect(picture).toEqual(await keptPictures(layout)(first, 'normal'));
  await expect(
    layoutInThread({ id: 'x', children: [{ id: 'y' }], edges: [{ id: 'e', sources: ['y'], targets: ['gone'], labels: [] }] }),
  ).rejects.toMatchObject({
    code: 'not_drawn',
  });
});
