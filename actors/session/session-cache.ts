/**
 * The sessions that this process has at hand: the busy ones in a cell each, the idle ones as what stands there.
 *
 * Owns: which cell takes an address's mail, and what is remembered between two turns.
 * Does not own: the turns (mailbox.ts), or what follows them (the environment's `committed`).
 *
 * Invariants: an address has at most one cell. What is remembered may be older than what is stored, never newer;
 * forgetting it costs a read of the store.
 */
import { LRUCache } from 'lru-cache';
import type { Address } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Receipt } from '../contract/api.ts';
import { Mailbox } from './mailbox.ts';
import type { MailboxEnvironment } from './mailbox-environment.ts';
import type { MessageContent } from './message.ts';
import type { AddressState } from './turn-start.ts';

export interface SessionCacheOptions {
  readonly environment: MailboxEnvironment;
  /** Idle sessions remembered at most. */
  readonly max: number;
  /** An idle session had to make room: nobody here looks after it any more. */
  readonly evicted: (address: Address) => void;
}

export class SessionCache {
  readonly #environment: MailboxEnvironment;
  readonly #evicted: (address: Address) => void;
  readonly #cells = new Map<Address, Mailbox>();
  readonly #standings: LRUCache<Address, AddressState>;
  #remembers = true;

  constructor({ environment, max, evicted }: SessionCacheOptions) {
    this.#environment = environment;
    this.#evicted = evicted;
    this.#standings = new LRUCache({
      max,
      dispose: (_standing, address, reason) => {
        if (reason === 'evict') evicted(address);
      },
    });
  }

  get size(): number {
    return this.#standings.size + this.#cells.size;
  }

  /** A turn, or a look at what stands somewhere, is under way. */
  get busy(): boolean {
    return this.#cells.size > 0;
  }

  /** `deadline`: until when the store may be away before the mail is sent back, in milliseconds since the epoch. */
  post(address: Address, content: MessageContent, deadline: number): Promise<Receipt> {
    return new Promise((settle, fail) => this.#cell(address).post({ content, settle, fail, deadline }));
  }

  /** Timers may be due. `row`: as the store gave it to this process to be woken. */
  wake(address: Address, row?: SessionRow): Promise<Receipt> {
    return new Promise((settle, fail) => {
      const messages = { content: { kind: 'wake', claimed: row !== undefined }, settle, fail, deadline: Number.POSITIVE_INFINITY } as const;
      this.#cell(address).post(messages, row);
    });
  }

  /** What stands at an address between two turns. `anew`: as it is stored now, whatever is remembered here. */
  addressState(address: Address, anew = false): Promise<AddressState> {
    return this.#cell(address).probe(anew);
  }

  /** From now on, what becomes idle is forgotten. */
  stopRemembering(): void {
    this.#remembers = false;
  }

  forgetIdle(): void {
    this.#standings.clear();
  }

  #cell(address: Address): Mailbox {
    const existing = this.#cells.get(address);
    if (existing) return existing;
    const cell = new Mailbox(address, this.#environment, this.#standings.get(address), (idle) => this.#retire(idle));
    this.#cells.set(address, cell);
    return cell;
  }

  #retire(cell: Mailbox): void {
    this.#cells.delete(cell.address);
    // What only its timers woke does not push out what somebody uses.
    const crowdsOut = cell.onlyWoken && this.#standings.size >= this.#standings.max && !this.#standings.has(cell.address);
    if (cell.addressState && this.#remembers && !crowdsOut) this.#standings.set(cell.address, cell.addressState);
    else this.#standings.delete(cell.address);
    if (crowdsOut) this.#evicted(cell.address);
  }
}
