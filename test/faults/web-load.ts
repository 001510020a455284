/**
 * Load on the web chat. A few visitors write all the time, and many write now and then, at a steady
 * total rate.
 */
import type { Deployment } from '#test/faults/deployment.ts';
import type { Dice } from '#test/faults/plan.ts';
import { Visitor } from '#test/faults/visitor.ts';

export interface WebLoad {
  /** Visitors that write about every second, some in bursts, and read their streams. */
  readonly quick: number;
  readonly slow: number;
  /** Messages of all slow visitors together. */
  readonly perSecond: number;
}

/** How many visitors arrive at the same time. */
const DOORS = 16;
/** One in this many slow visitors reads its stream. */
const READS = 20;

export async function startVisitors({ quick, slow, perSecond }: WebLoad, deployment: Deployment, dice: Dice): Promise<readonly Visitor[]> {
  const { instances, recovery, wrong } = deployment;
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
