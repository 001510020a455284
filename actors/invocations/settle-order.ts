/**
 * In which order a session hears what code says that runs at the same time.
 *
 * In one thread, under `createActor`, that order is fixed: of two promises that settle without waiting for anything
 * outside, the one that takes fewer microtasks is first, and one that was begun by the outcome of another counts from
 * there. In the host there is a commit between an outcome and what it begins, so such promises race. This puts what they
 * say into the order in which it would have come without those commits.
 *
 * For `runDurably`, which compares with `createActor`; in production, what waits for nothing outside is no run worth having.
 */
import type { SettleOrder } from '../contract/options.ts';

/** Where in the order of microtasks something stands: how many came before, and beside which others. */
interface Moment {
  readonly depth: number;
  readonly place: readonly number[];
}

/** What takes more microtasks than these, or waits for the world outside, is heard when it comes. */
const MAX_DEPTH = 1_000;

const START: Moment = { depth: 0, place: [] };

export class SingleThreadOrder implements SettleOrder {
  readonly #runs = new Map<string, { readonly since: Moment; taken: number }>();
  readonly #waiting: { readonly at: Moment; readonly pass: () => void }[] = [];
  /** When that was said which the session heard last. */
  #now = START;

  begun(runId: string, serial: number): void {
    const { depth, place } = this.#now;
    const run = { since: { depth, place: [...place, serial] }, taken: 0 };
    this.#runs.set(runId, run);
    const count = (): void => {
      if (++run.taken < MAX_DEPTH) queueMicrotask(count);
    };
    queueMicrotask(count);
  }

  said(runId: string, pass: () => void): void {
    const run = this.#runs.get(runId);
    const depth = run === undefined || run.taken >= MAX_DEPTH ? Number.POSITIVE_INFINITY : run.since.depth + run.taken;
    this.#waiting.push({ at: { depth, place: run?.since.place ?? [] }, pass });
  }

  /** The script goes on: what happens from here on is behind all that happened before. */
  restart(): void {
    this.#now = START;
  }

  /** Passes on what was said first of all that waits. To be called when nothing moves any more. False if nothing waits. */
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
  // What an outcome begins goes on before the code that gave it.
  if (split < 0) return b.place.length - a.place.length;
  return (a.place[split] ?? 0) - (b.place[split] ?? Number.POSITIVE_INFINITY);
}
