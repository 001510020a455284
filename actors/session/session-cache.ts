/**
 * SessionCache holds the sessions in the memory of this process. Busy ones are mailboxes, idle ones
 * are the state of their address.
 *
 * Owns which mailbox takes the messages of an address, what is remembered between two mailboxes.
 * Does not own the turns (mailbox.ts), or what follows them (session-events.ts).
 *
 * Invariants
 * 1. An address has at most one mailbox, so its turns are one at a time
 *    (`test/actors/runtime-delivery.test.ts`).
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
import { Mailbox, type MailboxEnvironment } from './mailbox.ts';
import type { MessageContent } from './message.ts';

export type SessionCacheOptions = Omit<MailboxEnvironment, 'inDoubt'> & Pick<Settings, 'cachedSessions'>;

export class SessionCache {
  readonly #environment: MailboxEnvironment;
  readonly #mailboxes = new Map<Address, Mailbox>();
  readonly #idle: LRUCache<Address, AddressState>;
  #remembers = true;

  constructor(options: SessionCacheOptions) {
    this.#environment = { ...options, inDoubt: new InDoubt(options.store) };
    this.#idle = new LRUCache({
      max: options.cachedSessions,
      dispose: (_state, address, reason) => {
        if (reason === 'evict') options.events.evicted(address);
      },
    });
  }

  get size(): number {
    return this.#idle.size + this.#mailboxes.size;
  }

  /** A turn is under way, or a load for a caller that requested a state. */
  get busy(): boolean {
    return this.#mailboxes.size > 0;
  }

  /**
   * After `deadline`, in milliseconds since the epoch, a message that still waits for the store is
   * rejected.
   */
  post(address: Address, content: MessageContent, deadline: number): Promise<Receipt> {
    return new Promise((settle, fail) => this.#mailbox(address).post({ content, settle, fail, deadline }));
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
    this.#idle.clear();
  }

  #mailbox(address: Address): Mailbox {
    const existing = this.#mailboxes.get(address);
    if (existing) return existing;
    const mailbox = new Mailbox(
      address,
      this.#environment,
      this.#idle.get(address),
      (idle) => this.#retire(idle),
      (leftover) => this.#mailbox(leftover.to).takeOver(leftover),
    );
    this.#mailboxes.set(address, mailbox);
    return mailbox;
  }

  #retire(mailbox: Mailbox): void {
    const { address, addressState, onlyWoken } = mailbox;
    this.#mailboxes.delete(address);
    // A session that only its timers woke does not evict one that is in use.
    const crowdsOut = onlyWoken && this.#idle.size >= this.#idle.max && !this.#idle.has(address);
    if (addressState && this.#remembers && !crowdsOut) this.#idle.set(address, addressState);
    else this.#idle.delete(address);
    if (crowdsOut) this.#environment.events.evicted(address);
  }
}
