/**
 * The order in which a session receives what concurrently running code sends.
 *
 * In one thread, under `createActor`, that order is fixed. Of two promises that settle without
 * waiting for anything outside, the one that takes fewer microtasks is first, and one that was
 * started by the result of another counts from there. In the host there is a commit between a
 * result and what it starts, so such promises race. This restores the order that they would have
 * without those commits.
 *
 * It is for `runDurably`, which compares with `createActor`. In production, code that waits for
 * nothing outside is not worth an invocation.
 */
import type { SettleOrder } from '../contract/options.ts';

/** A place in the order of microtasks, as how many came before and beside which others. */
interface Moment {
  readonly depth: number;
  readonly place: readonly number[];
}

/** What takes more microtasks, or waits for something outside, is passed on when it comes. */
const MAX_DEPTH = 1_000;

const START: Moment = { depth: 0, place: [] };

export class SingleThreadOrder implements SettleOrder {
  readonly #runs = new Map<string, { readonly since: Moment; taken: number }>();
  readonly #waiting: { readonly at: Moment; readonly pass: () => void }[] = [];
  /** The place of what the session received last. */
  #now = START;

  started(runId: string, serial: number): void {
    const { depth, place } = this.#now;
    const run = { since: { depth, place: [...place, serial] }, taken: 0 };
    this.#runs.set(runId, run);
    const count = (): void => {
      if (++run.taken < MAX_DEPTH) queueMicrotask(count);
    };
    queueMicrotask(count);
  }

  sent(runId: string, pass: () => void): void {
    const run = this.#runs.get(runId);
    const depth = run === undefined || run.taken >= MAX_DEPTH ? Number.POSITIVE_INFINITY : run.since.depth + run.taken;
    this.#waiting.push({ at: { depth, place: run?.since.place ?? [] }, pass });
  }

  /** Begins a new step of the script. Everything from here on comes after everything before. */
  restart(): void {
    this.#now = START;
  }

  /**
   * Passes on what was sent first of all that waits. Call it when nothing moves any more. Returns
   * false if nothing waits.
   */
  passOn(): boolean {
    const [first] = this.#waiting.toSorted((a, b) => inOrder(a.at, b.at));
    if (!first) return false;
    this.#waiting.splice(this.#waiting.indexOf(first), 1);
    this.#now = Number.isFinite(first.at.depth) ? first.at : START;
    first.pass();
    return true;
  }
}

function inOrder(a: Moment, b: Moment): number {
  if (a.depth !== b.depth) return a.depth < b.depth ? -1 : 1;
  if (!Number.isFinite(a.depth)) return 0;
  const split = a.place.findIndex((serial, index) => serial !== b.place[index]);
  // What a result starts goes before the code that gave it.
  if (split < 0) return b.place.length - a.place.length;
  return (a.place[split] ?? 0) - (b.place[split] ?? Number.POSITIVE_INFINITY);
}
