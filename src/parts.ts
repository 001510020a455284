/**
 * Parts write a program as a table. Each row has a name, what it needs of the rows above it, how it
 * starts, and how it stops.
 *
 * They start in order, one after the other, and stop in reverse, one after the other. If one does
 * not start, those above it are stopped. If one fails to stop, its error is logged and the others
 * are stopped nevertheless.
 *
 * @example
 *     const { parts, stop } = await Parts.of({ config })
 *       .part(
 *         'store',
 *         async ({ config }) => ({ store: await openStore(config) }),
 *         ({ store }) => store.close(),
 *       )
 *       .part('actors', ({ store }) => ({ actors: new Runtime({ store }) }))
 *       .start(log);
 */
import type { Log } from './telemetry/log.ts';

export interface Running<P> {
  readonly parts: P;
  /** Stops every part. A second call finds nothing to stop. */
  stop(): Promise<void>;
}

interface Stop {
  readonly name: string;
  readonly run: () => unknown;
}

export class Parts<P extends object> {
  readonly #start: (stops: Stop[]) => Promise<P>;

  private constructor(start: (stops: Stop[]) => Promise<P>) {
    this.#start = start;
  }

  /** `given` is what parts may need that nothing here starts. */
  static of<G extends object>(given: G): Parts<G> {
    return new Parts(async () => given);
  }

  /**
   * Adds a row.
   * @param start gets what the rows above made, and returns what it made for the rows below, by
   * name.
   * @param stop is given the same, with what `start` made.
   */
  part<M extends object>(name: string, start: (parts: P) => M | Promise<M>, stop?: (parts: P & M) => unknown): Parts<P & M> {
    return new Parts(async (stops) => {
      const above = await this.#start(stops);
      const parts = { ...above, ...(await start(above)) };
      if (stop !== undefined) stops.push({ name, run: () => stop(parts) });
      return parts;
    });
  }

  async start(log: Pick<Log, 'debug' | 'error'>): Promise<Running<P>> {
    const stops: Stop[] = [];
    const stop = async (): Promise<void> => {
      for (const { name, run } of stops.splice(0).reverse()) {
        const began = performance.now();
        try {
          await run();
          log.debug({ part: name, ms: Math.round(performance.now() - began) }, 'part stopped');
        } catch (error) {
          log.error({ part: name, error }, 'a part failed to stop');
        }
      }
    };
    try {
      return { parts: await this.#start(stops), stop };
    } catch (error) {
      await stop();
      throw error;
    }
  }
}
