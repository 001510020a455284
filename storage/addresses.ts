/**
 * The address book port. It keeps where addresses moved, and what belongs to the accounts of a
 * channel. An open session moves by a turn of its own (`TurnCommit.movedFrom`). This port moves
 * what has no turn, which is closed sessions, dead letters and spending. Each store has one
 * (`StoreLifecycle.addresses`).
 *
 * Invariants. An address is an alias of at most one address, and never of an alias. No session can
 * be opened at an alias. Each call may be repeated after a crash. Failures to reach the store are
 * `Unavailable`.
 */
import { type Address, addressParts, formatAddress } from '#machines/ids.ts';

export interface Move {
  readonly from: Address;
  readonly to: Address;
}

export interface AddressBook {
  /** Where an address is now. That is the address itself, unless it moved. */
  resolve(address: Address): Promise<Address>;

  /** The addresses that moved to this one. */
  aliasesOf(address: Address): Promise<readonly Address[]>;

  /**
   * Moves addresses at which no session is open, with their closed sessions. Resolves to those that
   * moved. An address stays at which a session is open, since that moves by a turn, and so does one
   * that moved before. Of one that was cut off while it moved, the rest is done.
   */
  moveClosed(moves: readonly Move[]): Promise<readonly Move[]>;

  /**
   * Accounts of a channel that have data and are not numbers. In a channel whose accounts are
   * numbers now, these are the former ones.
   */
  namedAccounts(channel: string): Promise<readonly string[]>;

  /** Addresses of a named account at which a session is open, at most `limit`. */
  openAt(channel: string, account: string, limit: number): Promise<readonly Address[]>;

  /**
   * Takes what is kept under a named account to another account, which is addresses without an open
   * session, dead letters, and what customers spent. At most `limit` of each, in short steps.
   * Resolves to how many there were. 0 means that none is left.
   */
  moveAccount(channel: string, from: string, to: string, limit: number): Promise<number>;
}

/** The same peer under another account. */
export function atAccount(address: Address, account: string): Address {
  const { channel, peer } = addressParts(address);
  return formatAddress({ channel, account, peer });
}

/**
 * How the ledger's accounts of customers under an account begin (agent-service/budget/accounts.ts).
 */
export function customersUnder(channel: string, account: string): string {
  return `customer:${channel}:${account}:`;
}

/** An account that is no number. The web's always are names. */
export function isNamed(account: string): boolean {
  return !/^\d+$/.test(account);
}
