/**
 * Leases of this instance on work in the store.
 *
 * Owns how long one is used, claiming under one, renewing it, saving progress under it, and the
 * pause in claims after the store was away. Does not own when these happen, and what is done with
 * the work (outbox.ts).
 *
 * Invariant. The answer to a renewal is about the lease that was held when it was sent, not about
 * one that was released and claimed again meanwhile (`test/actors/outbox/renewals.test.ts`).
 */
import DataLoader from 'dataloader';
import type { Json } from '#machines/definition.ts';
import { Unavailable } from '#machines/errors.ts';
import type { WorkItem } from '#storage/port.ts';
import type { Settings } from '../contract/options.ts';
import { keyOf } from '../contract/work-item.ts';
import type { Completions } from './completions.ts';
import type { Held } from './lanes.ts';
import { rethrowUncounted } from './retry-policy.ts';

export interface LeasesOptions extends Pick<Settings, 'store' | 'clock' | 'owner' | 'leaseMs'> {
  readonly completions: Pick<Completions, 'claim'>;
  /** By key. */
  readonly held: ReadonlyMap<string, Held>;
  /**
   * Called for what was settled or cancelled on another instance, or taken over while this one
   * could not reach the store.
   */
  readonly lose: (held: Held) => void;
}

type Saved = Pick<WorkItem, 'sessionId' | 'serial' | 'progress'>;

/**
 * The part of a lease that is not used, because instances know their store's time to a few
 * milliseconds only.
 */
const LEASE_MARGIN = 0.1;
/**
 * The part of a lease for which nothing is claimed after the store could not be reached. Leases run
 * out while it is away, and their holders retry a failed renewal after a third of this.
 */
const SETTLING = 0.1;
/** Items in one claim. */
const MAX_CLAIM = 200;

export class Leases {
  readonly #options: LeasesOptions;
  /** Progress that is saved in one round of the event loop shares a statement. */
  readonly #progress: DataLoader<Saved, undefined>;
  /** Nothing is claimed before, in milliseconds since the epoch. */
  #claimsFrom = 0;

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#progress = new DataLoader<Saved, undefined>((saved) => this.#store(saved), { cache: false, maxBatchSize: MAX_CLAIM });
  }

  /** The end of a lease that is taken at a time, both in milliseconds since the epoch. */
  from(at: number): number {
    return at + this.#options.leaseMs * (1 - LEASE_MARGIN);
  }

  /** Claims at most so many items that no instance holds. */
  async claim(most: number): Promise<{ readonly items: readonly WorkItem[]; readonly leaseUntil: number }> {
    const { clock, leaseMs, completions } = this.#options;
    const now = clock.now();
    const leaseUntil = this.from(now);
    if (now < this.#claimsFrom) return { items: [], leaseUntil };
    const claimed = completions.claim(now, now + leaseMs, Math.min(most, MAX_CLAIM));
    return { items: await claimed.catch((error: unknown) => this.#away(error)), leaseUntil };
  }

  /** Resolves to what is still held. */
  async renew(work: readonly Held[]): Promise<readonly Held[]> {
    const { store, owner, clock, leaseMs } = this.#options;
    if (work.length === 0) return [];
    const items = work.map(({ item: { sessionId, serial } }) => ({ sessionId, serial }));
    const now = clock.now();
    const renewed = await store.renewWork(owner, items, now + leaseMs).catch((error: unknown) => this.#away(error));
    const kept = new Set(renewed.map(keyOf));
    const still = this.#stillHeld(work, kept);
    for (const one of still) one.leaseUntil = this.from(now);
    return still;
  }

  /** Throws `Unavailable` if the lease was lost. */
  async saveProgress({ sessionId, serial }: WorkItem, progress: Json): Promise<void> {
    await this.#progress.load({ sessionId, serial, progress }).catch(rethrowUncounted);
  }

  /**
   * Of what one item saved, the last counts. An item that another instance has taken over sends
   * nothing more here.
   */
  async #store(saved: readonly Saved[]): Promise<(undefined | Unavailable)[]> {
    const { store, owner, clock, leaseMs, held } = this.#options;
    const latest = new Map(saved.map((one) => [keyOf(one), one]));
    const holding = [...latest.keys()].flatMap((key) => held.get(key) ?? []);
    const kept = new Set((await store.renewWork(owner, [...latest.values()], clock.now() + leaseMs)).map(keyOf));
    this.#stillHeld(holding, kept);
    return saved.map((one) => (kept.has(keyOf(one)) ? undefined : new Unavailable('the lease was lost before progress could be saved')));
  }

  /**
   * Loses what the store did not keep. What was released meanwhile, and perhaps claimed again, is
   * left out, because the answer is not about what is held now.
   */
  #stillHeld(work: readonly Held[], kept: ReadonlySet<string>): readonly Held[] {
    const { held, lose } = this.#options;
    const present = work.filter((one) => held.get(keyOf(one.item)) === one);
    for (const one of present) if (!kept.has(keyOf(one.item))) lose(one);
    return present.filter((one) => kept.has(keyOf(one.item)));
  }

  /** When the store is back, those who hold work and are alive mark and renew it first. */
  #away(error: unknown): never {
    const { clock, leaseMs } = this.#options;
    this.#claimsFrom = clock.now() + leaseMs * SETTLING;
    throw error;
  }
}
