/** Goals of the runtime beside the others, as ratios of turns a second in one run. */
import type { Figures } from './report.ts';

export interface Goal {
  readonly goal: string;
  readonly concurrency: number;
  readonly found: number;
  readonly met: boolean;
}

const KINDS = ['live', 'outbox'] as const;

/**
 * Goals whose contestants were not all measured are left out, because their failures are reported.
 */
export function goalsOf(figures: readonly Figures[], concurrency: number): Goal[] {
  const here = figures.filter((one) => one.concurrency === concurrency);
  const speedOf = (name: string) => here.find((one) => one.name === name)?.turnsPerSecond;
  // Whatever is neither ours nor the floor, and keeps what it answered.
  const peers = here.filter(({ name, durable }) => durable && !/^(runtime|two|by-hand|floor)-/.test(name));
  const best = peers.toSorted((a, b) => b.turnsPerSecond - a.turnsPerSecond)[0];
  const goals: Goal[] = [];
  const add = (goal: string, ours: number | undefined, theirs: number | undefined, least: number) => {
    if (ours === undefined || theirs === undefined) return;
    const found = Number((ours / theirs).toPrecision(3));
    goals.push({ goal: `${goal}: at least ${least}`, concurrency, found, met: found >= least });
  };
  for (const kind of KINDS) {
    const ours = speedOf(`runtime-${kind}`);
    add(`${kind} ÷ by hand`, ours, speedOf(`by-hand-${kind}`), 5);
    add(`${kind} ÷ best durable peer (${best?.name})`, ours, best?.turnsPerSecond, 7);
    add(`${kind} ÷ floor`, ours, speedOf(`floor-${kind}`), 0.6);
  }
  add('two instances ÷ one (each conversation at one)', speedOf('two-affinity'), speedOf('runtime-live'), 1);
  add('two instances ÷ one (any message at either)', speedOf('two-any'), speedOf('runtime-live'), 1);
  return goals;
}
