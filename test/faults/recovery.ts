/**
 * How long service took to come back after each fault, until the next acknowledged message of a
 * visitor.
 */

export interface Recovered {
  readonly kind: string;
  /**
   * Milliseconds from the fault's end (for a death, from the death) to the next acknowledgement,
   * for each instance that it hit.
   */
  readonly instances: readonly number[];
  /** The same, by whichever instance. */
  readonly service: number;
  /**
   * The longest time without any acknowledgement from the fault's beginning until service was back.
   */
  readonly silence: number;
}

/** A fault and the instances that it hits. */
export interface Outage {
  readonly kind: string;
  /** Where the instances are that it hit. */
  readonly urls: readonly string[];
  readonly from: number;
  /** When it was over, or undefined if it is not. */
  to: number | undefined;
  /**
   * When the part answered again, where that is later. A killed PostgreSQL has to recover first.
   */
  answeredAt?: number;
}

interface Watched extends Outage {
  readonly instances: Map<string, number>;
  service: number | undefined;
  silence: number;
}

export class Recovery {
  readonly taken: Recovered[] = [];
  /** All faults there were, in order. */
  readonly outages: Outage[] = [];
  #watched: Watched[] = [];
  #last = 0;

  /** Every fault is over, and every instance has acknowledged something since. */
  get complete(): boolean {
    return this.#watched.length === 0;
  }

  /** What is still waited for, in words. */
  get missing(): string {
    return this.#watched
      .map(
        ({ kind, urls, instances, to }) =>
          `${kind}: ${to === undefined ? 'not over' : urls.filter((url) => !instances.has(url)).join(', ')}`,
      )
      .join('; ');
  }

  /** Begins a fault. Returns the function that ends it. */
  begin(kind: string, urls: readonly string[], from = Date.now()): (at?: number, answeredAt?: number) => void {
    const outage: Watched = { kind, urls, from, to: undefined, instances: new Map(), service: undefined, silence: 0 };
    this.outages.push(outage);
    this.#watched.push(outage);
    return (at = Date.now(), answeredAt = at) => {
      Object.assign(outage, { to: at, answeredAt });
    };
  }

  /**
   * A process that died before it acknowledged anything had not recovered from its predecessor's
   * death. Only the last death counts.
   */
  died(kind: string, url: string, at: number): void {
    this.#watched = this.#watched.filter(({ from, to, urls, instances }) => !(from === to && urls.includes(url) && !instances.has(url)));
    this.begin(kind, [url], at)(at);
  }

  /** Nothing is waited for any more. */
  giveUp(): void {
    this.#watched = [];
  }

  acknowledged(url: string, at: number): void {
    for (const outage of this.#watched) {
      outage.silence = Math.max(outage.silence, at - Math.max(this.#last, outage.from));
      if (outage.to === undefined || at < outage.to) continue;
      outage.service ??= at - outage.to;
      if (outage.urls.includes(url) && !outage.instances.has(url)) outage.instances.set(url, at - outage.to);
    }
    this.#last = at;
    const back = this.#watched.filter(({ urls, instances }) => instances.size === urls.length);
    this.#watched = this.#watched.filter((outage) => !back.includes(outage));
    for (const { kind, instances, service = 0, silence } of back)
      this.taken.push({ kind, instances: [...instances.values()], service, silence });
  }
}
