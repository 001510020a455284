/** Those who write on web chat: a few without pause, and many who write now and then, at a steady rate in all. */
import type { Field } from '#test/faults/field.ts';
import type { Dice } from '#test/faults/plan.ts';
import { Visitor } from '#test/faults/visitor.ts';

export interface Crowd {
  /** Write about every second, some in bursts, and read along. */
  readonly quick: number;
  readonly slow: number;
  /** Messages of all the slow ones together. */
  readonly perSecond: number;
}

/** How many arrive at once. */
const DOORS = 16;
/** One of so many of the slow ones reads along. */
const READS = 20;

export async function arrive({ quick, slow, perSecond }: Crowd, field: Field, dice: Dice): Promise<readonly Visitor[]> {
  const { instances, recovery, wrong } = field;
  const urls = instances.map(({ url }) => url);
  const mean = (slow / perSecond) * 1_000;
  const visitors = Array.from(
    { length: quick + slow },
    (_, index) =>
      new Visitor({
        name: `visitor${index}`,
        urls,
        assistant: index % 2 === 0 ? 'companion' : 'probe',
        bursts: index < quick ? index >= quick - 2 : index % 4 === 3,
        reads: index < quick || index % READS === 0,
        pauseMs: index < quick ? [100, 1_400] : [Math.round(mean / 2), Math.round(mean * 1.5)],
        dice: dice.fork(),
        acknowledged: (url, at) => recovery.acknowledged(url, at),
        wrong: (what) => wrong.push(what),
      }),
  );
  const waiting = [...visitors];
  const door = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next.arrive();
  };
  await Promise.all(Array.from({ length: DOORS }, door));
  return visitors;
}
