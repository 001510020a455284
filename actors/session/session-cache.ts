/**
 * SessionCache holds the mailboxes of this process. Those of the addresses that were used last stay
 * when they are idle, with what they know of their session.
 *
 * A mailbox stays where it is from one message to the next. It does not go into a map when it
 * becomes busy and out of it when it is idle, because each table that such a map outgrows keeps
 * what was in it until the next full collection.
 *
 * Owns which mailbox takes the messages of an address, which mailboxes are kept.
 * Does not own the turns (mailbox.ts), or what follows them (session-events.ts).
 *
 * Invariants
 * 1. An address has at most one mailbox, so its turns are one at a time
 *    (`test/actors/runtime-delivery.test.ts`). A busy one that loses its place is still found
 *    (`test/actors/session/session-cache.test.ts`).
 * 2. What is remembered may be older than what is stored, never newer. To forget it costs a read of
 *    the store (`test/actors/session/stale-copies.test.ts`).
 */
import { LRUCache } from 'lru-cache';
import type { Address } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Receipt } from '../contract/api.ts';
import type { Settings } from '../contract/options.ts';
import type { AddressState } from './activation.ts';
import { InDoubt } from './in-doubt.ts';
import { Mailbox, type MailboxOwner } from './mailbox.ts';
import type { Leftover, MailboxEnvironment } from './mailbox-environment.ts';
import type { MessageContent } from './message.ts';
import { traceNow } from './turn-trace.ts';

export type SessionCacheOptions = Omit<MailboxEnvironment, 'inDoubt'> & Pick<Settings, 'cachedSessions'>;

export class SessionCache implements MailboxOwner {
  readonly #environment: MailboxEnvironment;
  readonly #kept: LRUCache<Address, Mailbox>;
  /**
   * Busy mailboxes of addresses that are not kept. They are new, or so many are busy that the cache
   * has no room for them.
   */
  readonly #passing = new Map<Address, Mailbox>();
  #busy = 0;
  #remembers = true;

  constructor(options: SessionCacheOptions) {
    this.#environment = { ...options, inDoubt: new InDoubt(options.store) };
    this.#kept = new LRUCache({
      max: options.cachedSessions,
      dispose: (mailbox, address, reason) => {
        if (mailbox.isBusy) this.#passing.set(address, mailbox);
        else if (reason === 'evict') options.events.evicted(address);
      },
    });
  }

  get size(): number {
    return this.#kept.size + this.#passing.size;
  }

  /** A turn is under way, or a load for a caller that requested a state. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /**
   * After `deadline`, in milliseconds since the epoch, a message that still waits for the store is
   * rejected.
   */
  post(address: Address, content: MessageContent, deadline: number): Promise<Receipt> {
    return new Promise((settle, fail) =>
      this.#mailbox(address).post({ content, settle, fail, deadline, ...traceNow(this.#environment.tracing) }),
    );
  }

  /**
   * Timers may be due. `row` is the session's row, if the store gave it to this process to be
   * woken.
   */
  wake(address: Address, row?: SessionRow): Promise<Receipt> {
    return new Promise((settle, fail) => {
      const message = { content: { kind: 'wake', claimed: row !== undefined }, settle, fail, deadline: Number.POSITIVE_INFINITY } as const;
      this.#mailbox(address).post(message, row);
    });
  }

  /**
   * Resolves to the state of an address between two turns. With `anew` it is read from the store,
   * whatever is remembered here.
   */
  addressState(address: Address, anew = false): Promise<AddressState> {
    return this.#mailbox(address).requestState(anew);
  }

  /** From now on, what becomes idle is forgotten. */
  stopRemembering(): void {
    this.#remembers = false;
  }

  forgetIdle(): void {
    this.#kept.clear();
  }

  busy(): void {
    this.#busy += 1;
  }

  idle(mailbox: Mailbox): void {
    this.#busy -= 1;
    const { address, isCurrent, onlyWoken } = mailbox;
    const isPassing = this.#passing.get(address) === mailbox;
    if (isPassing) this.#passing.delete(address);
    // A session that only its timers woke does not evict one that is in use.
    const crowdsOut = isPassing && onlyWoken && this.#kept.size >= this.#kept.max;
    if (!isCurrent || !this.#remembers || crowdsOut) this.#kept.delete(address);
    else if (isPassing) this.#kept.set(address, mailbox);
    if (crowdsOut) this.#environment.events.evicted(address);
  }

  leave(leftover: Leftover): void {
    this.#mailbox(leftover.to).takeOver(leftover);
  }

  #mailbox(address: Address): Mailbox {
    const existing = this.#kept.get(address) ?? this.#passing.get(address);
    if (existing !== undefined) return existing;
    const mailbox = new Mailbox(address, this.#environment, this);
    this.#passing.set(address, mailbox);
    return mailbox;
  }
}
