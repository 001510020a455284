/** How long service took to come back after each fault, as those see it who write: until the next message was acknowledged. */

export interface Recovered {
  readonly kind: string;
  /** Milliseconds from the fault's end (of a death: from the death) to the next acknowledgement, for each instance that it hit. */
  readonly instances: readonly number[];
  /** The same, by whichever instance. */
  readonly service: number;
  /** The longest time without any acknowledgement from the fault's beginning until service was back. */
  readonly silence: number;
}

/** A fault and what it does to whom. */
export interface Outage {
  readonly kind: string;
  /** Where the instances are that it hit. */
  readonly urls: readonly string[];
  readonly from: number;
  /** When it was over; undefined: it is not. */
  to: number | undefined;
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

  /** A fault begins; the way to say that it is over. */
  begin(kind: string, urls: readonly string[], from = Date.now()): (at?: number) => void {
    const outage: Watched = { kind, urls, from, to: undefined, instances: new Map(), service: undefined, silence: 0 };
    this.outages.push(outage);
    this.#watched.push(outage);
    return (at = Date.now()) => {
      outage.to = at;
    };
  }

  /** A process that died before it acknowledged anything was not back from its predecessor's death: only the last one counts. */
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
