/**
 * The other instances on this store, as far as they have told of themselves.
 *
 * Owns: saying that we are here, what we can run and which addresses are watched here; what the others said of theirs; the way of notices.
 * Does not own: what follows from a notice, or the transport (`Exchange`).
 *
 * Invariants: nothing of a session is decided by what is known here: an instance that is not heard of is only told less, and finds by
 * looking what it was not told. How many there are shares out the limits of a provider where there is no Redis to count in, and
 * only there (src/cluster/shared-rate-limits.ts, which does not take silence for absence). Who is silent is forgotten. A turn that nobody else watches pays for a look into an empty map.
 */

import type { Clock } from '#machines/clock.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Exchange } from '#storage/exchange.ts';
import { type ClusterMessage, decodeClusterMessage, type RelayedEvent } from './cluster-messages.ts';

export interface MembershipOptions {
  readonly exchange: Exchange;
  /** Names this instance. */
  readonly owner: string;
  readonly clock: Clock;
  readonly watched: () => Iterable<Address>;
  /** What this instance can run: names that mean the same everywhere. */
  readonly machines: readonly string[];
  readonly live: (address: Address, events: readonly RelayedEvent[]) => void;
  /** The exchange is connected again: what was told meanwhile was not heard. */
  readonly connected: () => void;
}

/** What other instances say of work. Must not throw. */
export interface WorkListener {
  /** A run that may be ours was stopped, or told something. */
  readonly run: (sessionId: SessionId, serial: number) => void;
  /** Somebody freed work. */
  readonly work: () => void;
}

/** How often an instance says that it is here, and how often it repeats what it watches, in milliseconds. */
const HERE_MS = 2_000;
const REPEAT_MS = 10_000;
/** Who says nothing for so long is gone, in milliseconds: several lost notices. */
const SILENT_MS = 7_000;
/** A watched address that is not repeated for so long is not watched any more, in milliseconds. */
const FORGOTTEN_MS = 25_000;
/** Hashes of addresses in one notice: at ten digits each they stay below what PostgreSQL takes. So do names of machines of a hundred letters. */
const HASHES = 500;
const NAMES = 50;

const NOBODY: readonly string[] = [];

export class Membership {
  readonly #options: MembershipOptions;
  /** Until when an instance counts as being there. */
  readonly #here = new Map<string, number>();
  readonly #runs = new Map<string, Set<string>>();
  /** By the hash of an address, who watches it, and until when that is believed. */
  readonly #watchers = new Map<number, Map<string, number>>();
  readonly #fresh = new Set<number>();
  #repeatAt = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** How many instances there are, this one included. */
  get count(): number {
    return this.#here.size + 1;
  }

  /** What the others do is heard of at once, as far as is known. */
  get well(): boolean {
    return this.#options.exchange.well;
  }

  start(listener: WorkListener): void {
    const { exchange, owner, connected } = this.#options;
    exchange.start(owner, {
      hear: (notice) => this.#hear(notice, listener),
      connected: () => {
        this.#introduce(true);
        // That may be lost as well, while the rest of the connection is being made: said again with the next sign of life.
        this.#repeatAt = 0;
        connected();
      },
    });
    if (exchange.capabilities.type !== 'none') this.#beHere();
  }

  /** `says`: the others are told that we go; a crash would tell nobody. */
  stop(says: boolean): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel?.();
    if (says) this.#tell({ type: 'gone' });
  }

  /** Somebody here began to watch this address. */
  watching(address: Address): void {
    if (this.#options.exchange.capabilities.type === 'none' || this.#stopped) return;
    this.#fresh.add(hashOf(address));
    if (this.#fresh.size > 1) return;
    queueMicrotask(() => {
      const fresh = [...this.#fresh];
      this.#fresh.clear();
      this.#announce(fresh, false);
    });
  }

  /** The other instances where somebody watches this address; one may be named that has another address of the same hash. */
  watchersOf(address: Address): readonly string[] {
    if (this.#watchers.size === 0) return NOBODY;
    const watchers = this.#watchers.get(hashOf(address));
    return watchers === undefined ? NOBODY : [...watchers.keys()];
  }

  /** Another instance that is there, as far as is known, can run this. */
  run(machine: string): boolean {
    return [...this.#runs.values()].some((machines) => machines.has(machine));
  }

  tellRun(sessionId: SessionId, serial: number): void {
    this.#tell({ type: 'run', sessionId, serial });
  }

  tellWork(): void {
    this.#tell({ type: 'work' });
  }

  tellLive(address: Address, events: readonly RelayedEvent[], to: string): void {
    this.#tell({ type: 'live', address, events: [...events] }, to);
  }

  #tell(notice: Unsigned<ClusterMessage>, to?: string): void {
    this.#options.exchange.tell({ ...notice, from: this.#options.owner }, to);
  }

  #beHere(): void {
    this.#forget();
    const now = this.#options.clock.now();
    const repeats = now >= this.#repeatAt;
    if (repeats) this.#repeatAt = now + REPEAT_MS;
    if (repeats) this.#introduce(false);
    else this.#announce([], false);
    this.#cancel = this.#options.clock.after(HERE_MS, () => {
      if (!this.#stopped) this.#beHere();
    });
  }

  #introduce(asks: boolean): void {
    const { watched, machines } = this.#options;
    this.#announce([...watched()].map(hashOf), asks);
    for (let from = 0; from < machines.length && !this.#stopped; from += NAMES)
      this.#tell({ type: 'runs', machines: machines.slice(from, from + NAMES) });
  }

  #announce(watches: readonly number[], asks: boolean): void {
    if (this.#stopped) return;
    for (let from = 0; from === 0 || from < watches.length; from += HASHES)
      this.#tell({ type: 'here', watches: watches.slice(from, from + HASHES), asks: asks && from === 0 });
  }

  #hear(value: unknown, { run, work }: WorkListener): void {
    const { owner, clock, live } = this.#options;
    const notice = decodeClusterMessage(value);
    if (notice === undefined || notice.from === owner || this.#stopped) return;
    switch (notice.type) {
      case 'here': {
        const now = clock.now();
        const newcomer = !this.#here.has(notice.from);
        this.#here.set(notice.from, now + SILENT_MS);
        for (const hash of notice.watches) {
          const watchers = this.#watchers.get(hash) ?? new Map<string, number>();
          this.#watchers.set(hash, watchers.set(notice.from, now + FORGOTTEN_MS));
        }
        // Who is new here has to know, also if his question was lost.
        if (notice.asks || newcomer) this.#introduce(false);
        return;
      }
      case 'runs': {
        const machines = this.#runs.get(notice.from) ?? new Set<string>();
        for (const machine of notice.machines) machines.add(machine);
        this.#runs.set(notice.from, machines);
        return;
      }
      case 'gone':
        this.#here.delete(notice.from);
        this.#forget();
        return;
      case 'run':
        return run(notice.sessionId, notice.serial);
      case 'work':
        return work();
      case 'live':
        return live(notice.address, notice.events);
    }
  }

  /** Whoever was not heard of for too long. */
  #forget(): void {
    const now = this.#options.clock.now();
    for (const [instance, until] of this.#here) if (until < now) this.#here.delete(instance);
    for (const instance of this.#runs.keys()) if (!this.#here.has(instance)) this.#runs.delete(instance);
    for (const [hash, watchers] of this.#watchers) {
      for (const [instance, until] of watchers) if (until < now || !this.#here.has(instance)) watchers.delete(instance);
      if (watchers.size === 0) this.#watchers.delete(hash);
    }
  }
}

/** Over each kind of notice, without its sender. */
type Unsigned<N> = N extends ClusterMessage ? Omit<N, 'from'> : never;

/** FNV-1a, 32 bits: two addresses that share one cost a notice too many. */
function hashOf(address: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < address.length; index += 1) hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
