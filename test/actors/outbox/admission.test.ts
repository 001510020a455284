/** What follows acknowledgements begins at a rate that leaves room for the next ones. */
import { expect, test } from 'vitest';
import { Admission } from '#actors/outbox/admission.ts';

const nextRound = () => new Promise((resolve) => setImmediate(resolve));

/** Work that is asked for in one round. `roundMs` is how long each round takes. */
function asked(count: number, roundMs: () => number) {
  let now = 0;
  const admission = new Admission(() => now);
  const begun: number[] = [];
  for (let nth = 0; nth < count; nth++) void admission.turn().then(() => begun.push(nth));
  const round = async (): Promise<void> => {
    now += roundMs();
    await nextRound();
  };
  return { admission, begun, round };
}

test('while rounds are short, all that waits begins in the next one', async () => {
  const { begun, round } = asked(5, () => 1);
  expect(begun).toEqual([]);
  await round();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('while rounds are long, one begins in each, in order, and the rest once they are short', async () => {
  let roundMs = 50;
  const { begun, round } = asked(5, () => roundMs);
  await round();
  expect(begun).toEqual([0]);
  await round();
  expect(begun).toEqual([0, 1]);
  roundMs = 1;
  await round();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('what comes later is admitted after what waits', async () => {
  const { admission, begun, round } = asked(2, () => 50);
  await round();
  void admission.turn().then(() => begun.push(9));
  await round();
  await round();
  expect(begun).toEqual([0, 1, 9]);
});
